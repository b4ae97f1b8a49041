import assert from "node:assert/strict";
import { test } from "node:test";
import { type ConditionId, readinessOf, type Snapshot, waitUntilReady } from "../../lib/cluster";
import { find, recorded } from "./recordings";

const now = Date.parse("2026-11-24T17:00:00Z");
const conditionWith = (snapshot: Snapshot, id: ConditionId, at = now) =>
  readinessOf(snapshot, at).find((one) => one.id === id);
const failing = (snapshot: Snapshot, at = now) =>
  readinessOf(snapshot, at)
    .filter(({ holds }) => holds !== true)
    .map(({ id }) => id);

test("a working sandbox is ready", () => assert.deepEqual(failing(recorded("sandbox")), []));

test("finds viz pods that were created too early, with the fix", () => {
  const injection = conditionWith(recorded("transparent"), "injection");
  assert.equal(injection?.holds, false);
  assert.equal(injection.final, true);
  assert.equal(injection.detail.length, 3);
  assert.match(injection.detail[0] ?? "", /^linkerd-viz\/metrics-api-\S+ should be meshed and has no proxy/);
  assert.match(injection.cure ?? "", /kubectl -n linkerd-viz rollout restart deployment\/tap-injector/);
});

const edits: [ConditionId, string, RegExp, (snapshot: Snapshot) => void][] = [
  [
    "nodes",
    "a node that is not ready",
    /control-plane: down/,
    ({ nodes }) => {
      const ready = nodes[0]?.status?.conditions?.find(({ type }) => type === "Ready");
      Object.assign(ready ?? {}, { status: "False", message: "down" });
    },
  ],
  [
    "agents",
    "an agent that is not available",
    /DaemonSet kube-system\/cilium: 0 of 1 pod available/,
    ({ controllers }) => {
      Object.assign(find(controllers, /^cilium$/).status ?? {}, { numberAvailable: 0 });
    },
  ],
  [
    "agents",
    "an agent of the previous revision",
    /0 of 1 pod up to date/,
    ({ controllers }) => {
      Object.assign(find(controllers, /^cilium$/).status ?? {}, { updatedNumberScheduled: 0 });
    },
  ],
  [
    "agents",
    "no Cilium",
    /no DaemonSet/,
    (snapshot) => {
      snapshot.controllers = snapshot.controllers.filter(({ metadata }) => metadata.name !== "cilium");
    },
  ],
  [
    "controlPlane",
    "a control plane whose change is not observed",
    /not observed yet/,
    ({ controllers }) => {
      find(controllers, /^linkerd-identity$/).metadata.generation = 99;
    },
  ],
  [
    "viz",
    "an old pod that still exists",
    /1 old pod still there/,
    ({ controllers }) => {
      Object.assign(find(controllers, /^tap$/).status ?? {}, { replicas: 2 });
    },
  ],
  [
    "workloads",
    "a workload that does not start",
    /1 of 2 pods available/,
    ({ controllers }) => {
      Object.assign(find(controllers, /^podinfo$/).status ?? {}, { availableReplicas: 1 });
    },
  ],
  [
    "injection",
    "a proxy that does not run yet",
    /podinfo-\S+: its proxy does not run yet/,
    ({ pods }) => {
      for (const one of find(pods, /^podinfo/).status?.initContainerStatuses ?? [])
        one.state = { waiting: { reason: "x" } };
    },
  ],
  [
    "managed",
    "a pod without a CiliumEndpoint",
    /client-\S+ has no CiliumEndpoint/,
    (snapshot) => {
      snapshot.ciliumEndpoints = snapshot.ciliumEndpoints.filter(({ metadata }) => !/^client/.test(metadata.name));
    },
  ],
  [
    "policies",
    "a policy that Cilium refuses",
    /client-egress: invalid rule/,
    ({ policies }) => {
      find(policies, /egress/).status = { conditions: [{ type: "Valid", status: "False", message: "invalid rule" }] };
    },
  ],
  [
    "policies",
    "a policy that is not checked yet",
    /not checked it yet/,
    ({ policies }) => {
      find(policies, /egress/).status = {};
    },
  ],
  [
    "endpoints",
    "an endpoint in regeneration",
    /client-\S+: regenerating/,
    ({ ciliumEndpoints }) => {
      Object.assign(find(ciliumEndpoints, /^client/).status ?? {}, { state: "regenerating" });
    },
  ],
  [
    "revision",
    "an endpoint with outdated policies",
    /client-\S+ on \S+ is at revision 1 of \d/,
    ({ agents }) => {
      const client = agents[0]?.endpoints.find(({ pod }) => pod?.includes("/client"));
      Object.assign(client ?? {}, { policyRevision: 1 });
    },
  ],
  [
    "certificates",
    "an issuer of another trust anchor",
    /signed by none/,
    ({ certificates }) => {
      const webhook = certificates.find(({ role }) => role === "webhook");
      for (const one of certificates) if (one.role === "trustAnchor") one.pem = webhook?.pem ?? "";
    },
  ],
  [
    "certificates",
    "an invalid certificate",
    /not a certificate/,
    ({ certificates }) => {
      Object.assign(certificates.at(-1) ?? {}, { pem: "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----" });
    },
  ],
];

for (const [id, title, detail, edit] of edits) {
  test(`${id}: ${title}`, () => {
    const snapshot = recorded("sandbox");
    edit(snapshot);
    assert.deepEqual(failing(snapshot), [id]);
    assert.match(conditionWith(snapshot, id)?.detail.join("\n") ?? "", detail);
  });
}

test("certificates: not valid yet, about to expire, expired", () => {
  const snapshot = recorded("sandbox");
  const at = (date: string) => conditionWith(snapshot, "certificates", Date.parse(date));
  assert.match(at("2026-01-01")?.detail[0] ?? "", /valid only from/);
  assert.match(at("2027-11-01")?.detail.join("\n") ?? "", /linkerd-identity-issuer: expires on 2027-11-24/);
  assert.match(at("2028-01-01")?.detail.join("\n") ?? "", /linkerd-identity-issuer: expired on 2027-11-24/);
  assert.match(at("2028-01-01")?.cure ?? "", /pulumi up/);
  assert.equal(at("2027-06-01")?.holds, true);
});

const blind: [ConditionId, string, keyof Snapshot, string?][] = [
  ["nodes", "nodes", "nodes"],
  ["agents", "daemonsets", "controllers"],
  ["managed", "ciliumendpoints", "ciliumEndpoints"],
  ["endpoints", "ciliumendpoints", "ciliumEndpoints"],
  ["revision", "agents", "agents"],
  ["certificates", "secrets", "certificates", "linkerd"],
];
for (const [id, of, part, namespace] of blind) {
  test(`${id}: without permission to read it, neither holds nor fails`, () => {
    const snapshot = { ...recorded("sandbox"), [part]: [] };
    snapshot.missing.push({ what: "they", of, why: "it is forbidden", ...(namespace !== undefined && { namespace }) });
    const found = conditionWith(snapshot, id);
    assert.equal(found?.holds, undefined);
    assert.match(found?.detail[0] ?? "", /they could not be read: it is forbidden/);
  });
}

test("waits for conditions that can still become true, reports every look, and does not wait for the others", async () => {
  const early = recorded("sandbox");
  Object.assign(find(early.ciliumEndpoints, /^client/).status ?? {}, { state: "regenerating" });
  const looks: (string[] | undefined)[] = [];
  const cluster = (...snapshots: Snapshot[]) => ({
    read: async () => snapshots.shift() ?? recorded("sandbox"),
  });
  const scope = { namespaces: ["cilium-linkerd"] };
  const wait = (from: { read: () => Promise<Snapshot> }, seconds: number, signal?: AbortSignal) =>
    waitUntilReady(
      from,
      scope,
      { seconds, signal },
      (all) => looks.push(all.filter((one) => one.holds === false).map((one) => one.id)),
      0.01,
    );
  assert.equal((await wait(cluster(early, early), 5)).ready, true);
  assert.deepEqual(looks, [["endpoints"], ["endpoints"], []]);
  const hopeless = await wait(cluster(recorded("transparent"), recorded("transparent")), 5);
  assert.equal(hopeless.ready, false);
  assert.equal(looks.length, 4);
  assert.equal((await wait({ read: async () => early }, 0.05)).ready, false);
  const interrupted = new AbortController();
  const waiting = wait({ read: async () => early }, 60, interrupted.signal);
  setTimeout(() => interrupted.abort(), 20);
  await assert.rejects(waiting, { kind: "interrupted" });
});
