import assert from "node:assert/strict";
import { test } from "node:test";
import * as k8s from "@pulumi/kubernetes";
import { Cilium, type CiliumArgs } from "../../lib/components/cilium/cilium";
import { holdBack } from "../../lib/pulumi-engine";
import { bothModes, failure, inputs, only, recorded } from "../support/recorded";

const release = "kubernetes:helm.sh/v3:Release";
const gate = "kubernetes:apps/v1:DaemonSetPatch";

const provider = () => new k8s.Provider("cluster", { kubeconfig: "{}" });
const installed =
  (args: CiliumArgs = {}) =>
  () => {
    const cilium = new Cilium("cilium", args, { provider: provider() });
    return { ready: cilium.ready, version: cilium.version };
  };

for (const mode of bothModes) {
  test(`${mode}: installs the pinned chart with values that work beside Linkerd`, async () => {
    const recording = await recorded(installed(), { mode });
    const { values, ...rest } = inputs(only(recording, release));
    assert.deepEqual(
      { chart: rest.chart, version: rest.version, name: rest.name, namespace: rest.namespace },
      { chart: "cilium", version: "1.20.2", name: "cilium", namespace: "kube-system" },
    );
    assert.deepEqual(rest.repositoryOpts, { repo: "https://helm.cilium.io/" });
    assert.deepEqual(values, {
      ipam: { mode: "kubernetes" },
      image: { pullPolicy: "IfNotPresent" },
      bpf: { masquerade: false },
      kubeProxyReplacement: "false",
      socketLB: { hostNamespaceOnly: true },
      cni: { exclusive: false },
      operator: { replicas: 1 },
      l7Proxy: false,
      envoy: { enabled: false },
    });
  });

  test(`${mode}: everything is a child of the component and uses the explicit provider`, async () => {
    const recording = await recorded(installed(), { mode });
    const component = only(recording, "meshfence:index:Cilium");
    const { urn: providerUrn } = only(recording, "pulumi:providers:kubernetes");
    for (const type of [release, gate]) {
      const child = only(recording, type);
      assert.equal(child.parent, component.urn);
      assert.ok(child.provider?.startsWith(providerUrn), `${type} goes through ${child.provider}`);
    }
    assert.ok(recording.registrations.every(({ implicit }) => !implicit));
  });
}

test("Hubble's relay and exporter are on only if requested", async () => {
  const hubble = async (args: CiliumArgs) => {
    const { values } = inputs(only(await recorded(installed(args)), release)) as { values: { hubble?: unknown } };
    return values.hubble;
  };
  assert.equal(await hubble({ hubble: {} }), undefined);
  assert.deepEqual(await hubble({ hubble: { relay: true } }), { enabled: true, relay: { enabled: true } });
  const file = "/var/run/cilium/hubble/events.log";
  const settings = { enabled: true, filePath: file, fileMaxSizeMb: 10, fileMaxBackups: 5 };
  assert.deepEqual(await hubble({ hubble: { exporter: true } }), { enabled: true, export: { static: settings } });
});

test("the readiness patch targets the agent's DaemonSet, after each revision of the release", async () => {
  const revisions = async (revision: number) => {
    const recording = await recorded(installed(), {
      respond: ({ type }) => (type === release ? { outputs: { status: { revision } } } : undefined),
    });
    const patch = only(recording, gate);
    assert.ok(patch.dependencies.includes(only(recording, release).urn));
    return inputs(patch).metadata;
  };
  const metadata = (revision: string) => ({
    name: "cilium",
    namespace: "kube-system",
    annotations: { "meshfence.dev/awaited-release": revision },
  });
  assert.deepEqual(await revisions(1), metadata("1"));
  assert.deepEqual(await revisions(2), metadata("2"));
});

const dependants = () => {
  const opts = { provider: provider() };
  const cilium = new Cilium("cilium", {}, opts);
  new k8s.core.v1.ConfigMap("listing-the-component", {}, { ...opts, dependsOn: cilium });
  new k8s.core.v1.ConfigMap("using-ready", { data: { ready: cilium.ready.apply(String) } }, opts);
  new k8s.core.v1.ConfigMap("independent", {}, opts);
};

for (const [what, type] of [
  ["the release", release],
  ["the agents", gate],
] as const) {
  test(`dependents of Cilium wait for ${what}`, async () => {
    const program = { project: "meshfence", stack: "test", transport: "direct" as const, program: dependants };
    const { before, after, recording } = await holdBack(program, (registration) => registration.type === type);
    assert.equal(recording.error, undefined);
    const started = before.map(({ name }) => name);
    assert.ok(started.includes("independent"));
    assert.ok(!started.includes("listing-the-component"));
    assert.ok(!started.includes("using-ready"));
    const later = after.map(({ name }) => name);
    assert.ok(later.includes("listing-the-component") && later.includes("using-ready"));
  });
}

test("without kube-proxy, Cilium gets the API server's address, and two nodes get two operators", async () => {
  const recording = await recorded(
    installed({ replaceKubeProxy: true, nodes: 2, apiServer: { host: "sandbox-control-plane" } }),
  );
  const values = inputs(only(recording, release)).values as Record<string, unknown>;
  assert.equal(values.kubeProxyReplacement, "true");
  assert.equal(values.k8sServiceHost, "sandbox-control-plane");
  assert.equal(values.k8sServicePort, 6443);
  assert.deepEqual(values.operator, { replicas: 2 });
  assert.deepEqual(values.socketLB, { hostNamespaceOnly: true });
});

test("merges the user's values last, and keeps what they do not mention", async () => {
  const recording = await recorded(
    installed({ values: { operator: { prometheus: { enabled: true } }, l7Proxy: true } }),
  );
  const values = inputs(only(recording, release)).values as Record<string, unknown>;
  assert.deepEqual(values.operator, { replicas: 1, prometheus: { enabled: true } });
  assert.equal(values.l7Proxy, true);
  assert.deepEqual(values.ipam, { mode: "kubernetes" });
});

test("refuses the tutorial's values, each with its successor, together with every other problem", async () => {
  const message = await failure(
    installed({
      version: "1.9.0",
      nodes: 0,
      replaceKubeProxy: true,
      values: {
        nodeinit: { enabled: true },
        kubeProxyReplacement: "partial",
        hostServices: { enabled: false },
        externalIPs: { enabled: true },
        nodePort: { enabled: true },
        hostPort: { enabled: true },
        bpf: { masquerade: false },
        image: { pullPolicy: "IfNotPresent" },
        ipam: { mode: "kubernetes" },
      },
    }),
  );
  assert.match(message, /Cilium: 8 problems/);
  for (const expected of [
    /version: the Cilium chart 1\.9\.0 is outside the supported range/,
    /nodes: 0 is not a number of nodes/,
    /apiServer: without kube-proxy/,
    /values\.kubeProxyReplacement: "partial" is refused.*replaceKubeProxy/,
    /values\.hostServices: .*use socketLB/,
    /values\.externalIPs: .*replaceKubeProxy/,
    /values\.nodePort\.enabled: .*replaceKubeProxy/,
    /values\.hostPort: .*portmap/,
  ]) {
    assert.match(message, expected);
  }
  assert.doesNotMatch(message, /nodeinit|masquerade|pullPolicy|ipam/);
});

test("only the argument controls kube-proxy", async () => {
  const message = await failure(installed({ values: { kubeProxyReplacement: true } }));
  assert.match(message, /values\.kubeProxyReplacement: true contradicts replaceKubeProxy.*set replaceKubeProxy: true/);
  await recorded(installed({ values: { kubeProxyReplacement: "false" } }));
});

test("creates nothing without a provider", async () => {
  const message = await failure(() => void new Cilium("cilium"));
  assert.match(message, /no Kubernetes provider/);
});
