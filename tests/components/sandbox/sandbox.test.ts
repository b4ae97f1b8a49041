import assert from "node:assert/strict";
import { test } from "node:test";
import { formatPath } from "../../../lib/common/problem";
import type { SandboxArgs } from "../../../lib/components/sandbox/args";
import { sandboxProblems } from "../../../lib/components/sandbox/problems";
import { Sandbox } from "../../../lib/components/sandbox/sandbox";
import { KubeProxyMode } from "../../../lib/kind";
import { type PropertyValue, type Recording, Secret, withoutSecrets } from "../../../lib/pulumi-engine";
import { TransportMode } from "../../../lib/scenario/transport-mode";
import { bothModes, failure, inputs, only, recorded } from "../../support/recorded";
import { withKeys } from "../../support/with-keys";

const sandbox = (args?: SandboxArgs) => () => {
  const made = new Sandbox("sandbox", args);
  const {
    kubeconfig,
    context,
    policyNames,
    reachability,
    serverNames,
    transportMode,
    trustAnchorsExpire,
    podinfoEndpoint,
  } = made;
  return {
    kubeconfig,
    context,
    policyNames,
    reachability,
    serverNames,
    transportMode,
    trustAnchorsExpire,
    podinfoEndpoint,
  };
};
const recordings = new Map<string, Promise<Recording>>();
/** What the sandbox registers with these arguments; run once for all tests. */
function record(mode: "preview" | "update", args?: SandboxArgs): Promise<Recording> {
  const key = JSON.stringify([mode, args]);
  const recording = recordings.get(key) ?? recorded(sandbox(args), { mode, respond: withKeys() });
  recordings.set(key, recording);
  return recording;
}
const release = "kubernetes:helm.sh/v3:Release";
const values = (recording: Recording, name: string) =>
  inputs(only(recording, release, name)).values as Record<string, unknown>;

for (const mode of bothModes) {
  test(`${mode}: every Kubernetes resource has the cluster's own provider`, async () => {
    const recording = await record(mode);
    const provider = only(recording, "pulumi:providers:kubernetes", "sandbox-cluster-provider");
    const resources = recording.registrations.filter(({ type }) => type.startsWith("kubernetes:"));
    assert.ok(resources.length > 20);
    for (const resource of resources) assert.equal(resource.provider, provider.urn, resource.name);
    assert.ok(
      !recording.registrations.some(({ type, implicit }) => implicit && type === "pulumi:providers:kubernetes"),
    );
  });

  test(`${mode}: everything in the cluster is deletedWith the cluster`, async () => {
    const recording = await record(mode);
    const cluster = only(recording, "kind:index/cluster:Cluster");
    const inCluster = recording.registrations.filter(({ type }) => type.startsWith("kubernetes:"));
    for (const resource of inCluster) assert.equal(resource.deletedWith, cluster.urn, resource.name);
    assert.equal(cluster.deletedWith, undefined);
  });

  test(`${mode}: every resource is a child of the sandbox and starts with its name`, async () => {
    const { registrations } = await record(mode);
    const root = registrations.find(({ type }) => type === "meshfence:index:Sandbox");
    const byUrn = new Map(registrations.map((registration) => [registration.urn, registration]));
    for (const registration of registrations) {
      if (registration.implicit || registration === root || registration.parent === undefined) continue;
      const parent = byUrn.get(registration.parent);
      assert.ok(parent, registration.name);
      assert.ok(registration.name.startsWith(`${parent.name}-`), `${registration.name} is inside ${parent.name}`);
    }
  });

  test(`${mode}: kubeconfig and private keys are secret everywhere`, async () => {
    const recording = await record(mode);
    assert.ok(recording.outputs.kubeconfig instanceof Secret);
    const provider = only(recording, "pulumi:providers:kubernetes", "sandbox-cluster-provider");
    assert.ok(provider.inputs.kubeconfig instanceof Secret);
    const leaks = recording.registrations.flatMap(({ name, inputs, outputs }) =>
      [...inPlainText({ inputs, outputs })].map((path) => `${name}${path}`),
    );
    assert.deepEqual(leaks.concat([...inPlainText(recording.outputs)]), []);
    if (mode === "update") assert.ok(secretTexts(recording) > 20, "the run has to have secrets, or it proves nothing");
    for (const { message } of recording.diagnostics) assert.doesNotMatch(message, credentials);
  });

  test(`${mode}: the transport mode reaches the control plane and the policies`, async () => {
    for (const transportMode of [undefined, TransportMode.TransportHeader]) {
      const recording = await record(mode, transportMode && { transportMode });
      const { proxy } = values(recording, "sandbox-linkerd-control-plane");
      assert.deepEqual(proxy, { outboundTransportMode: transportMode ?? "transparent" });
      const policies = recording.registrations.filter(
        ({ type }) => type === "kubernetes:cilium.io/v2:CiliumNetworkPolicy",
      );
      assert.equal(policies.length, 2);
      const opens4143 = policies.map((policy) => JSON.stringify(inputs(policy)).includes('"4143"'));
      assert.deepEqual(
        opens4143,
        policies.map(() => transportMode === TransportMode.TransportHeader),
      );
      assert.equal(recording.outputs.transportMode, transportMode ?? "transparent");
    }
  });

  test(`${mode}: without kube-proxy, Cilium replaces it and knows the API server's address`, async () => {
    const recording = await record(mode, { clusterName: "fence", kubeProxy: KubeProxyMode.None, workers: 1 });
    const { kubeProxyReplacement, k8sServiceHost, k8sServicePort, operator } = values(
      recording,
      "sandbox-cilium-release",
    );
    assert.deepEqual([kubeProxyReplacement, k8sServiceHost, k8sServicePort], ["true", "fence-control-plane", 6443]);
    assert.deepEqual(operator, { replicas: 2 });
  });

  test(`${mode}: loads images into the nodes only on request, by tag`, async () => {
    const images = ["ghcr.io/stefanprodan/podinfo:6.14.1", "buoyantio/slow_cooker:1.3.0"];
    const artifacts = { images: { digests: false } };
    const recording = await record(mode, { nodeImage: "kindnode:v1.34.4", preloadedImages: images, artifacts });
    const loads = recording.registrations.filter(({ type }) => type === "pulumi-nodejs:dynamic/meshfence:LoadedImage");
    assert.deepEqual(loads.map(({ inputs }) => inputs.image).sort(), [...images].sort());
    const { name } = only(recording, "kind:index/cluster:Cluster").inputs;
    assert.equal(name, "meshfence-0badcafe");
    for (const load of loads) assert.deepEqual(load.inputs.clusterName, name);
    assert.equal(inputs(only(recording, "kind:index/cluster:Cluster")).nodeImage, "docker.io/library/kindnode:v1.34.4");
    assert.ok(
      !(await record(mode)).registrations.some(({ type }) => type === "pulumi-nodejs:dynamic/meshfence:LoadedImage"),
    );
  });
}

test("a registry applies to every image, of charts and workloads", async () => {
  const artifacts = { images: { registry: "registry.example.com/mirror" } };
  const { registrations } = await record("update", { artifacts });
  const text = JSON.stringify(registrations.map((registration) => inputs(registration)));
  assert.match(text, /"registry\.example\.com\/mirror\/stefanprodan\/podinfo:6\.14\.1"/);
  assert.match(text, /"registry\.example\.com\/mirror\/buoyantio\/slow_cooker:1\.3\.0"/);
  assert.doesNotMatch(text, /(quay\.io|ghcr\.io|cr\.l5d\.io|docker\.io)\/[a-z]/);
});

test("outputs have what a user needs next", async () => {
  const { outputs } = await record("update");
  assert.deepEqual(
    { ...outputs, kubeconfig: undefined, reachability: undefined },
    {
      kubeconfig: undefined,
      reachability: undefined,
      context: "kind-meshfence-0badcafe",
      policyNames: ["cilium-linkerd/client-egress", "cilium-linkerd/podinfo-ingress"],
      serverNames: [
        "cilium-linkerd/podinfo-9898",
        "cilium-linkerd/podinfo-9797",
        "cilium-linkerd/podinfo-9999",
        "cilium-linkerd/podinfo-linkerd-admin",
      ],
      transportMode: "transparent",
      trustAnchorsExpire: { "1": "2099-01-01T00:00:00Z" },
      podinfoEndpoint: "podinfo.cilium-linkerd.svc.cluster.local:9898",
    },
  );
});

test("a preview knows who can talk to whom", async () => {
  const { outputs } = await record("preview");
  assert.equal((outputs.reachability as Record<string, unknown>)["client -> podinfo"], "TCP 9898 mTLS");
});

test("restarts the workloads when the trust anchors change", async () => {
  const template = async (generations: string[]) => {
    const recording = await record("update", { certificates: { generations } });
    return ["sandbox-podinfo-deployment", "sandbox-client-deployment"].map((name) => {
      const { spec } = inputs(only(recording, "kubernetes:apps/v1:Deployment", name)) as {
        spec: { template: unknown };
      };
      return JSON.stringify(spec.template);
    });
  };
  const [before, after] = [await template(["1"]), await template(["1", "2"])];
  for (const index of [0, 1]) assert.notEqual(before[index], after[index]);
});

test("reports all problems of a sandbox at once, in terms of its arguments, before there is a cluster", async () => {
  const args: SandboxArgs = {
    clusterName: "My Cluster",
    workers: -1,
    certificates: { trustAnchorHours: 24 },
    ciliumValues: { hostPort: { enabled: true } },
    linkerdValues: { controlPlane: { proxy: { outboundTransportMode: "transparent" } } },
    load: { concurrency: 0 },
    preloadedImages: ["podinfo"],
  };
  const message = await failure(sandbox(args), { mode: "preview" });
  for (const expected of [
    /^Sandbox: \d+ problems/,
    / clusterName: "My Cluster"/,
    / workers: -1/,
    / certificates\.issuerHours: .* the trust anchor that signs it only 24/,
    / ciliumValues\.hostPort: .*set kubeProxy: "none"/,
    / linkerdValues\.controlPlane\.proxy\.outboundTransportMode: /,
    / load\.concurrency: 0/,
    / preloadedImages\[0\]: "podinfo" has no tag/,
    / artifacts\.images\.digests: /,
  ]) {
    assert.match(message, expected);
  }
});

test("a problem of the sandbox's arguments has the code of its kind", () => {
  const found = sandboxProblems("sandbox", { allowedPorts: [], preloadedImages: ["podinfo"] });
  assert.deepEqual(
    found.map(({ code, path = [] }) => [formatPath(path), code]),
    [
      ["allowedPorts", "empty"],
      ["preloadedImages[0]", "invalid-image"],
      ["artifacts.images.digests", "conflict"],
    ],
  );
});

const credentials = /PRIVATE KEY|KUBECONFIG of|CLIENT CERTIFICATE/;

/** Paths of credentials outside a `Secret`. */
function* inPlainText(value: PropertyValue, path = ""): Generator<string> {
  if (typeof value === "string" && credentials.test(value)) yield path;
  if (typeof value !== "object" || value === null || value instanceof Secret) return;
  for (const [key, member] of Object.entries(value)) yield* inPlainText(member, `${path}.${key}`);
}

function secretTexts(recording: Recording): number {
  const all = recording.registrations.map(({ inputs, outputs }) => withoutSecrets({ inputs, outputs }));
  return JSON.stringify(all).split(credentials).length - 1;
}

test("a preview warns of none of the sandbox's policies in either transport mode, since Linkerd's authorization distinguishes the ports", async () => {
  for (const transportMode of Object.values(TransportMode)) {
    const { diagnostics } = await record("preview", { transportMode });
    assert.deepEqual(diagnostics, [], transportMode);
  }
});
