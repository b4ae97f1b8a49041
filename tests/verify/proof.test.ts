import assert from "node:assert/strict";
import { test } from "node:test";
import { type AccessRule, ClusterError, type Snapshot } from "../../lib/cluster";
import { dryRunText } from "../../lib/report/verify/dry-run";
import { verifyText } from "../../lib/report/verify/text";
import { changedWords, fingerprint } from "../../lib/report/verify/watch";
import { notesOf } from "../../lib/verify/notes";
import { Proof } from "../../lib/verify/proof";
import type { ProofRequest } from "../../lib/verify/proof-request";
import { holds } from "../../lib/verify/report";
import { recorded } from "../cluster/recordings";
import type { FakeCluster } from "./fake-cluster";
import { namespaces, recordedSandbox, request } from "./recorded-sandbox";

test("proves the recorded sandbox, and removes what it created", async () => {
  const cluster = recordedSandbox();
  const { given, removed } = request();
  const proof = await Proof.open(cluster, given);
  const report = await proof.run();
  assert.deepEqual([...new Set(report.edges.map(({ agreement }) => agreement))], ["agrees"]);
  assert.equal(report.transportMode, "transparent");
  assert.ok(
    report.edges.some(
      ({ from, to, observed }) => from === "cilium-linkerd/client" && to === "outside" && observed === "denied",
    ),
  );
  assert.deepEqual(
    cluster.made.map(({ meshed, labels, image }) => ({ meshed, labels, image })),
    [
      { meshed: false, labels: {} },
      { meshed: true, labels: {} },
      { meshed: false, labels: { app: "client" } },
    ].map((made) => ({ ...made, image: "ghcr.io/stefanprodan/podinfo:6.14.1" })),
  );
  assert.deepEqual(await proof.close(), []);
  assert.deepEqual([cluster.removed, removed], [["meshfence-verify-test"], ["outside"]]);
});

test("a long watch replaces its control pods before they end, and removes the old ones", async (context) => {
  const cluster = recordedSandbox();
  const proof = await Proof.open(cluster, request().given);
  const [first] = cluster.made;
  const create = cluster.createControlPod.bind(cluster);
  cluster.createControlPod = (spec) => create({ ...spec, namespace: spec.namespace ?? "meshfence-verify-new" });
  context.mock.timers.enable({ apis: ["Date"], now: Date.now() + 440_000 });
  await proof.run();
  assert.equal(cluster.made.length, 3);
  context.mock.timers.setTime(Date.now() + 20_000);
  const { edges } = await proof.run();
  context.mock.timers.reset();
  assert.deepEqual([...new Set(edges.map(({ agreement }) => agreement))], ["agrees"]);
  assert.deepEqual([cluster.made.length, cluster.made[3]?.image], [6, first?.image]);
  assert.deepEqual(cluster.removed, ["meshfence-verify-test"]);
  await proof.close();
  assert.ok(cluster.removed.includes("meshfence-verify-new"));
});

test("a snapshot that lacks a policy predicts wrongly, and the probes show it", async () => {
  const cluster = recordedSandbox((snapshot) => ({
    ...snapshot,
    policies: snapshot.policies.filter(({ metadata }) => metadata.name !== "podinfo-ingress"),
  }));
  const proof = await Proof.open(cluster, request().given);
  const report = await proof.run();
  await proof.close();
  const wrong = report.edges.filter(({ agreement }) => agreement === "disagrees");
  assert.ok(wrong.length > 0 && wrong.every(({ to }) => to === "cilium-linkerd/podinfo"));
  assert.equal(holds(report), false);
});

test("asks the policy controller about the probed ports, and fails on a difference", async () => {
  const proven = async (cluster: FakeCluster, more: Partial<ProofRequest> = {}) => {
    const proof = await Proof.open(cluster, request({ ...more, strangers: false }).given);
    const report = await proof.run();
    await proof.close();
    return report;
  };
  const agrees = await proven(recordedSandbox());
  assert.deepEqual([...new Set(agrees.controller?.ports.map(({ to, state }) => `${to} ${state}`))].sort(), [
    "cilium-linkerd/client agrees",
    "cilium-linkerd/podinfo agrees",
  ]);
  const cluster = recordedSandbox();
  const ask = cluster.inboundPolicies.bind(cluster);
  cluster.inboundPolicies = async (namespace, ports) => {
    const { controller, answers } = await ask(namespace, ports);
    const stray = answers.map((one) => (typeof one === "string" ? one : { ...one, owner: "Server stray" }));
    return { controller, answers: stray };
  };
  const differs = await proven(cluster);
  assert.equal(holds({ ...differs, readiness: [] }), false);
  assert.equal(holds({ ...differs, readiness: [], controller: { ports: [] } }), true, "nothing else is wrong");
  assert.match(verifyText(differs), /^The fence does not hold: .*, the policy controller differs on \d+ ports\n/);
  const without = await proven(recordedSandbox(), { controller: false });
  assert.equal(without.controller, undefined);
  assert.match(verifyText(without), /policy controller was not asked what it tells the proxies/);
});

test("a condition that does not hold fails the proof, whatever the probes show", async () => {
  const cluster = recordedSandbox((snapshot) => ({
    ...snapshot,
    nodes: snapshot.nodes.map((node) => ({ ...node, status: { conditions: [{ type: "Ready", status: "False" }] } })),
  }));
  const proof = await Proof.open(cluster, request().given);
  const report = await proof.run();
  await proof.close();
  assert.ok(report.readiness.some((condition) => condition.holds === false));
  assert.equal(holds(report), false);
});

test("interrupted at any point, removes what it created", async () => {
  for (const stage of ["createControlPod", "outside", "watchDrops", "exec"] as const) {
    const controller = new AbortController();
    const interrupt = () => controller.abort(new ClusterError("interrupted", "interrupted"));
    const cluster = recordedSandbox();
    const { given, removed } = request({ signal: controller.signal });
    if (stage === "exec") cluster.fault = () => void interrupt();
    else if (stage === "outside") {
      const { outside } = given;
      given.outside = async (...args) => {
        interrupt();
        return outside(...args);
      };
    } else {
      const original = cluster[stage].bind(cluster) as (...args: never[]) => Promise<never>;
      cluster[stage] = async (...args: never[]) => {
        const made = await original(...args);
        interrupt();
        return made;
      };
    }
    let proof: Proof | undefined;
    await assert.rejects(
      async () => {
        proof = await Proof.open(cluster, given);
        await proof.run();
      },
      { kind: "interrupted" },
      stage,
    );
    await proof?.close();
    assert.deepEqual(cluster.removed, cluster.made.length > 0 ? ["meshfence-verify-test"] : [], stage);
    assert.deepEqual(removed, ["outside"], stage);
  }
});

test("a cluster that disappears while probed ends the proof with its error, after trying to remove everything", async () => {
  const cluster = recordedSandbox();
  cluster.fault = () => new ClusterError("unreachable", "kind-meshfence does not answer");
  cluster.removeControlNamespace = async () => {
    throw new ClusterError("unreachable", "kind-meshfence does not answer");
  };
  const { given, removed } = request();
  const proof = await Proof.open(cluster, given);
  await assert.rejects(proof.run(), { kind: "unreachable" });
  assert.deepEqual(await proof.close(), ["namespace meshfence-verify-test: kind-meshfence does not answer"]);
  assert.deepEqual(removed, ["outside"]);
});

test("without permission to exec, creates nothing and names the RBAC rule", async () => {
  const cluster = recordedSandbox();
  cluster.denied = async (rules: readonly AccessRule[]) =>
    rules.filter(({ resources }) => resources.includes("pods/exec"));
  await assert.rejects(
    Proof.open(cluster, request().given),
    /may not get or create pods\/exec in namespace cilium-linkerd.*add to a Role of yours in namespace cilium-linkerd:\n- apiGroups: \[""\]\n {2}resources: \["pods\/exec"\]\n {2}verbs: \["get", "create"\]/s,
  );
  assert.deepEqual([cluster.made, cluster.execs], [[], []]);
});

test("without permission to create pods, still probes the workloads and notes the RBAC rule", async () => {
  const cluster = recordedSandbox();
  const rule = { apiGroups: [""], resources: ["namespaces"], verbs: ["create"] };
  cluster.createControlPod = async () => {
    throw new ClusterError("forbidden", "you may not make namespaces", { rule });
  };
  const proof = await Proof.open(cluster, request().given);
  const report = await proof.run();
  await proof.close();
  assert.ok(report.notes.some((note) => note.rules?.[0] === rule && note.text.includes("No strangers")));
  assert.ok(report.edges.length > 0 && report.edges.every(({ from }) => !from.startsWith("stranger")));
});

test("a pod that cannot be created for another reason ends the proof", async () => {
  const cluster = recordedSandbox();
  cluster.createControlPod = async () => {
    throw new ClusterError("other", "the image cannot be pulled");
  };
  const { given, removed } = request();
  await assert.rejects(Proof.open(cluster, given), /cannot be pulled/);
  assert.deepEqual(removed, ["outside"]);
});

test("refuses a namespace without pods before creating anything", async () => {
  const cluster = recordedSandbox();
  await assert.rejects(
    Proof.open(cluster, request({ namespaces: ["nowhere"] }).given),
    /no running pods in namespace nowhere/,
  );
  assert.deepEqual(cluster.made, []);
});

test("a dry run only reads, and lists what it would probe", async () => {
  const cluster = recordedSandbox();
  const text = await dryRunText(cluster, { ...request().given, probesOutside: true });
  assert.deepEqual([cluster.execs, cluster.made], [[], []]);
  assert.match(text, /^Would probe \d+ edges of cilium-linkerd in fake\n {2}Would create a namespace with 3 pods of /);
  assert.match(text, /cilium-linkerd\/podinfo TCP 9898: allowed, mTLS/);
  assert.match(text, /outside TCP 9898: denied {2}cilium-linkerd\/client-egress allows no such egress/);
});

test("a dry run names the permissions that the user lacks", async () => {
  const cluster = recordedSandbox();
  const dryRun = (more: Partial<ProofRequest>) => dryRunText(cluster, { ...request(more).given, probesOutside: false });
  assert.doesNotMatch(await dryRun({}), /Rights/);
  const asked: AccessRule[] = [];
  cluster.denied = async (rules) => {
    asked.push(...rules);
    return rules.filter(({ resources }) => ["pods/portforward", "pods/exec"].some((one) => resources.includes(one)));
  };
  const text = await dryRun({});
  assert.match(
    text,
    /Permissions that a run needs and you lack\n {2}add to a Role of yours in namespace cilium-linkerd:\n[^R]*"pods\/exec"[^R]*"pods\/portforward"/,
  );
  assert.match(text, /add to a Role of yours in namespace linkerd:\n[^R]*"pods\/portforward"/);
  assert.equal(
    text.match(/add to /g)?.length,
    3,
    "a role for the namespace, one for the control plane's, and one for the strangers'",
  );
  const named = (rules: AccessRule[]) => rules.map(({ resources }) => resources.join()).sort();
  const probing = ["pods", "pods/exec"];
  const all = [...probing, "namespaces", "pods", "pods/ephemeralcontainers", "pods/exec", "pods/portforward"];
  const controller = ["pods", "pods/portforward"];
  assert.deepEqual(named(asked), [...all, ...controller].sort());
  asked.length = 0;
  await dryRun({ mtls: false, controller: false, strangers: false, probeContainers: false });
  assert.deepEqual(named(asked), probing);
});

test("--watch reacts to everything a prediction uses: other policies, groups, Services, annotations", () => {
  const before = { ...recorded("sandbox"), scope: { namespaces } };
  const group = {
    ...{
      apiVersion: "cilium.io/v2",
      kind: "CiliumCIDRGroup",
      metadata: { name: "partners" },
      spec: { externalCIDRs: [] },
    },
  };
  const shut = (spec: object) => ({
    ...{
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "shut", namespace: "shop" },
      spec,
    },
  });
  const words = (was: Partial<Snapshot>, is: Partial<Snapshot>) =>
    changedWords(fingerprint({ ...before, ...was }), fingerprint({ ...before, ...is }));
  assert.deepEqual(words({ cidrGroups: [group] }, {}), ["CiliumCIDRGroup partners is gone"]);
  assert.deepEqual(
    words(
      { otherPolicies: [shut({ podSelector: {} })] },
      { otherPolicies: [shut({ podSelector: {}, ingress: [{}] })] },
    ),
    ["NetworkPolicy shop/shut changed"],
  );
  const [service] = before.services;
  assert.ok(service);
  const named = `Service ${service.metadata.namespace}/${service.metadata.name}`;
  assert.deepEqual(words({}, { services: before.services.slice(1) }), [`${named} is gone`]);
  const annotated = before.namespaces.map((namespace) => ({
    ...namespace,
    metadata: { ...namespace.metadata, annotations: { "config.linkerd.io/opaque-ports": "9898" } },
  }));
  assert.ok(words({}, { namespaces: annotated }).includes("Namespace cilium-linkerd changed"));
});

test("--watch names the policy, pod or namespace that changed, and ignores status changes", () => {
  const before = { ...recorded("sandbox"), scope: { namespaces } };
  assert.deepEqual(changedWords(fingerprint(before), fingerprint(before)), []);
  const [first, ...rest] = before.policies;
  assert.ok(first);
  const named = `CiliumNetworkPolicy cilium-linkerd/${first.metadata.name}`;
  const words = (policies: Snapshot["policies"]) =>
    changedWords(fingerprint(before), fingerprint({ ...before, policies }));
  assert.deepEqual(words(rest), [`${named} is gone`]);
  assert.deepEqual(words([{ ...first, spec: {} }, ...rest]), [`${named} changed`]);
  assert.deepEqual(words([{ ...first, status: { conditions: [] } }, ...rest]), []);
  const fewer = { ...before, pods: before.pods.filter(({ metadata }) => !metadata.name.startsWith("client-")) };
  assert.match(
    changedWords(fingerprint(before), fingerprint(fewer)).join(),
    /^Pod cilium-linkerd\/client-\S+ is gone$/,
  );
});

test("what may not be read is one note, with the permissions it needs, grouped", () => {
  const secret = (name: string) => ({
    what: `Secret linkerd/${name}`,
    of: "secrets",
    why: "forbidden",
    rule: { apiGroups: [""], resources: ["secrets"], resourceNames: [name], verbs: ["get"], namespace: "linkerd" },
  });
  const list = (resource: string) => ({
    what: `the ${resource}`,
    of: resource,
    why: "forbidden",
    rule: { apiGroups: ["apps"], resources: [resource], verbs: ["list"] },
  });
  const missing = [
    secret("a"),
    secret("b"),
    list("deployments"),
    list("daemonsets"),
    { what: "x", of: "agents", why: "it is gone" },
  ];
  const problems = [{ code: "unread", file: "cluster", object: "the deployments", message: "not read" }];
  const notes = notesOf({
    snapshot: { missing },
    facts: { problems },
    blind: [],
    request: { mtls: true, controller: true },
  });
  assert.deepEqual(notes, [
    {
      text: "Not taken into account, because you may not read it: Secret linkerd/a, Secret linkerd/b, the deployments, the daemonsets.",
      rules: [
        { ...secret("a").rule, resourceNames: ["a", "b"] },
        { apiGroups: ["apps"], resources: ["deployments", "daemonsets"], verbs: ["list"] },
      ],
    },
    { text: "Not read: x: it is gone" },
  ]);
});
