import assert from "node:assert/strict";
import { test } from "node:test";
import type { SandboxArgs } from "../../../lib/components/sandbox/args";
import { Sandbox } from "../../../lib/components/sandbox/sandbox";
import { holdBack, type Recording, type Registration } from "../../../lib/pulumi-engine";
import { withKeys } from "../../support/with-keys";

type Held = { before: ReadonlySet<string>; after: ReadonlySet<string>; recording: Recording };
const runs = new Map<string, Promise<Held>>();

/** Names of the resources (not components) that started while `held` was unfinished, and of those that started afterwards. */
function holding(held: string, args?: SandboxArgs): Promise<Held> {
  const key = JSON.stringify([held, args]);
  const known = runs.get(key) ?? hold(held, args);
  runs.set(key, known);
  return known;
}

async function hold(held: string, args?: SandboxArgs, transport: "direct" | "grpc" = "direct"): Promise<Held> {
  const program = () => void new Sandbox("sandbox", args);
  const options = { project: "meshfence", stack: "test", transport, program, respond: withKeys() };
  const { before, after, recording } = await holdBack(options, ({ name, custom }) => custom && name === held);
  assert.equal(recording.error, undefined, String(recording.error));
  const names = (registrations: readonly Registration[]) =>
    new Set(registrations.filter(({ custom }) => custom).map(({ name }) => name));
  return { before: names(before), after: names(after), recording };
}

const policies = [
  "sandbox-fence-cilium-linkerd-client-egress-policy",
  "sandbox-fence-cilium-linkerd-podinfo-ingress-policy",
];
const workloads = [
  "sandbox-podinfo-account",
  "sandbox-podinfo-service",
  "sandbox-podinfo-deployment",
  "sandbox-podinfo-autoscaler",
  "sandbox-client-account",
  "sandbox-client-urls",
  "sandbox-client-deployment",
];
const servers = ["9898", "9797", "9999", "linkerd-admin"].map(
  (port) => `sandbox-fence-cilium-linkerd-podinfo-${port}-server`,
);
const namespaces = ["sandbox-namespace", "sandbox-linkerd-namespace", "sandbox-linkerd-viz-namespace"];
const issuer = ["sandbox-linkerd-identity-issuer", "sandbox-linkerd-identity-issuer-secret"];
const controlPlane = "sandbox-linkerd-control-plane";
const ciliumGate = "sandbox-cilium-agent-available";

function started(names: ReadonlySet<string>, expected: readonly string[], when: string): void {
  for (const name of expected) assert.ok(names.has(name), `${name} should have started ${when}`);
}

function assertWaits(held: Pick<Held, "before" | "after">, waiting: readonly string[]): void {
  for (const name of waiting) assert.ok(!held.before.has(name), `${name} started too early`);
  started(held.after, waiting, "at all");
}

test("nothing starts before the cluster exists", async () => {
  const { before, after } = await holding("sandbox-cluster-cluster");
  assert.deepEqual(
    [...before].filter((name) => name.startsWith("sandbox-")),
    ["sandbox-cluster-name", "sandbox-cluster-cluster"],
  );
  started(
    after,
    [...namespaces, "sandbox-cilium-release", "sandbox-linkerd-crds", ...policies, ...workloads],
    "at all",
  );
});

test("policies and control plane wait for Cilium's agents, not only for its release", async () => {
  for (const held of ["sandbox-cilium-release", ciliumGate]) {
    assertWaits(await holding(held), [...policies, controlPlane, "sandbox-linkerd-viz", ...workloads]);
  }
});

test("gRPC, as Pulumi's own engine uses it, gives the same waits and registrations as direct calls", async () => {
  const [direct, overGrpc] = [await holding(ciliumGate), await hold(ciliumGate, undefined, "grpc")];
  assert.ok(
    direct.before.size > 20 && direct.after.size > 10,
    `${direct.before.size} before, ${direct.after.size} after`,
  );
  assert.deepEqual([...overGrpc.before].sort(), [...direct.before].sort());
  assert.deepEqual([...overGrpc.after].sort(), [...direct.after].sort());
  // Independent resources may arrive in another order.
  const byUrn = ({ registrations, ...rest }: Recording) => ({
    ...rest,
    registrations: [...registrations].sort((a, b) => (a.urn < b.urn ? -1 : 1)),
  });
  assert.deepEqual(byUrn(overGrpc.recording), byUrn(direct.recording));
});

test("while Cilium starts, everything that needs only the API server is created concurrently", async () => {
  const { before } = await holding("sandbox-cilium-release");
  started(before, [...namespaces, ...issuer, "sandbox-linkerd-crds"], "beside Cilium");
});

test("policies and control plane start concurrently", async () => {
  started((await holding(controlPlane)).before, policies, "beside the control plane");
  for (const policy of policies) started((await holding(policy)).before, [controlPlane], "beside the policies");
});

test("the control plane waits for the issuer and the CRDs", async () => {
  for (const held of ["sandbox-linkerd-identity-issuer-secret", "sandbox-linkerd-crds"]) {
    assertWaits(await holding(held), [controlPlane, ...workloads]);
  }
});

test("workloads wait for the proofs that pods are injected and can be tapped", async () => {
  const proxy = await holding("sandbox-linkerd-proxy-injection-deployment");
  assertWaits(proxy, ["sandbox-linkerd-viz", "sandbox-linkerd-tap-injection-deployment", ...workloads]);
  started(proxy.before, policies, "without that proof");
  assertWaits(await holding("sandbox-linkerd-tap-injection-deployment"), workloads);
});

test("workloads never run unfenced: both wait for each policy", async () => {
  for (const policy of policies) assertWaits(await holding(policy), workloads);
});

test("Linkerd's Servers wait for Linkerd, and workloads wait for them", async () => {
  assertWaits(await holding("sandbox-linkerd-tap-injection-deployment"), servers);
  for (const server of servers) assertWaits(await holding(server), workloads);
  assertWaits(await holding("sandbox-fence-cilium-linkerd-podinfo-9898-accounts-authorization"), [
    "sandbox-fence-cilium-linkerd-podinfo-9898-server",
  ]);
});

test("without viz, workloads wait for the proof that pods are injected", async () => {
  const { before, after } = await holding("sandbox-linkerd-proxy-injection-deployment", { viz: false });
  assertWaits({ before, after }, workloads);
  assert.ok(![...after].some((name) => name.includes("viz") || name.includes("tap")));
});

test("Cilium waits until images are loaded into the nodes", async () => {
  const image = "ghcr.io/stefanprodan/podinfo:6.14.1";
  const args = { preloadedImages: [image], artifacts: { images: { digests: false } } };
  const held = await holding("sandbox-image-ghcr-io-stefanprodan-podinfo-6-14-1", args);
  assertWaits(held, ["sandbox-cilium-release", controlPlane, ...workloads]);
  started(held.before, namespaces, "beside the images");
});
