import assert from "node:assert/strict";
import { test } from "node:test";
import * as k8s from "@pulumi/kubernetes";
import { KindCluster, type KindClusterArgs, KubeProxyMode, PortProtocol } from "../../../lib/kind";
import { Secret } from "../../../lib/pulumi-engine";
import { bothModes, failure, inputs, only, recorded } from "../../support/recorded";

const type = "kind:index/cluster:Cluster";
const randomId = "random:index/randomId:RandomId";
const created =
  (args: KindClusterArgs = {}) =>
  () => {
    const cluster = new KindCluster("sandbox", args);
    return { kubeconfig: cluster.kubeconfig, context: cluster.context, internal: cluster.internalApiServer };
  };
const named = { clusterName: "sandbox" };

for (const mode of bothModes) {
  test(`${mode}: creates a cluster without a CNI, and does not wait for its nodes`, async () => {
    const recording = await recorded(created(named), { mode });
    const cluster = only(recording, type);
    const { kubeconfigPath: _, ...given } = inputs(cluster);
    assert.deepEqual(given, {
      name: "sandbox",
      nodeImage:
        "docker.io/kindest/node:v1.34.8@sha256:02722c2dedddcfc00febf5d27fbeb9b7b2c14294c82109ff4a85d89ac9ba3256",
      waitForReady: false,
      kindConfig: {
        kind: "Cluster",
        apiVersion: "kind.x-k8s.io/v1alpha4",
        nodes: [{ role: "control-plane" }],
        networking: {
          disableDefaultCni: true,
          kubeProxyMode: "iptables",
          podSubnet: "10.244.0.0/16",
          serviceSubnet: "10.96.0.0/16",
        },
      },
    });
    assert.deepEqual(cluster.ignoreChanges, ["kubeconfigPath"]);
    assert.equal(cluster.parent, only(recording, "meshfence:index:KindCluster").urn);
    assert.equal(cluster.package?.parameterization?.name, "kind");
  });
}

test("credentials are secret everywhere, and not written into the working directory", async () => {
  const recording = await recorded(created(), {
    respond: (registration) =>
      registration.type === type ? { outputs: { kubeconfig: "kubeconfig with a key", clientKey: "a key" } } : undefined,
  });
  const cluster = only(recording, type);
  assert.deepEqual([...cluster.additionalSecretOutputs].sort(), ["clientCertificate", "clientKey", "kubeconfig"]);
  assert.ok(cluster.inputs.kubeconfigPath instanceof Secret);
  assert.match(
    String(inputs(cluster).kubeconfigPath),
    /^\//,
    "the provider writes into its working directory otherwise",
  );
  assert.ok(only(recording, "pulumi:providers:kubernetes").inputs.kubeconfig instanceof Secret);
  assert.ok(recording.outputs.kubeconfig instanceof Secret);
});

test("without a name, the cluster gets a random one that it keeps until it is replaced", async () => {
  const nameOf = async (args: KindClusterArgs = {}) => {
    const recording = await recorded(created(args), {
      respond: ({ type, inputs }) =>
        type === randomId ? { outputs: { hex: `${String(inputs.prefix)}0badcafe` } } : undefined,
    });
    const made = only(recording, randomId);
    const cluster = only(recording, type);
    assert.equal(made.parent, only(recording, "meshfence:index:KindCluster").urn);
    assert.ok(cluster.dependencies.includes(made.urn));
    const { name } = inputs(cluster);
    assert.equal(recording.outputs.context, `kind-${String(name)}`);
    assert.equal((recording.outputs.internal as { host: string }).host, `${String(name)}-control-plane`);
    return { name, made: inputs(made) };
  };
  const first = await nameOf();
  assert.deepEqual([first.name, first.made.prefix, first.made.byteLength], ["sandbox-0badcafe", "sandbox-", 4]);
  assert.deepEqual(await nameOf({ kubeconfigPath: "/tmp/kubeconfig" }), first, "nothing of the cluster changes");
  for (const change of [{ workers: 1 }, { nodeImage: "kindest/node:v1.35.5" }, { podSubnet: "10.245.0.0/16" }])
    assert.notDeepEqual((await nameOf(change)).made.keepers, first.made.keepers, JSON.stringify(change));
  assert.equal((await nameOf({ clusterNamePrefix: "lab" })).name, "lab-0badcafe");
});

test("a replacement is created before the old cluster is deleted, unless the two cannot coexist", async () => {
  const deletedFirst = async (args: KindClusterArgs = {}) =>
    only(await recorded(created(args)), type).deleteBeforeReplace ?? false;
  assert.equal(await deletedFirst(), false);
  assert.equal(await deletedFirst({ workers: 2, registryMirrors: [] }), false);
  assert.equal(await deletedFirst(named), true);
  assert.equal(await deletedFirst({ apiServerPort: 6443 }), true);
  assert.equal(await deletedFirst({ portMappings: [{ containerPort: 30080, hostPort: 8080 }] }), true);
  const given = await recorded(created(named));
  assert.deepEqual(
    given.registrations.filter(({ type }) => type === randomId),
    [],
    "a given name is used as it is",
  );
});

test("two clusters on one Docker share no name, context or host port", async () => {
  const recording = await recorded(
    () => {
      const clusters = ["one", "two"].map((name) => new KindCluster(name, { clusterNamePrefix: "lab", workers: 1 }));
      return { contexts: clusters.map(({ context }) => context) };
    },
    {
      respond: ({ type, name, inputs }) =>
        type === randomId
          ? { outputs: { hex: `${String(inputs.prefix)}${name === "one-name" ? "aaaa" : "bbbb"}` } }
          : undefined,
    },
  );
  const clusters = recording.registrations.filter((registration) => registration.type === type).map(inputs);
  assert.deepEqual(
    clusters.map(({ name }) => name),
    ["lab-aaaa", "lab-bbbb"],
  );
  assert.deepEqual(recording.outputs.contexts, ["kind-lab-aaaa", "kind-lab-bbbb"]);
  // kind picks a free port for the API server. Nodes publish none, and each cluster has its own networks of nodes and pods.
  assert.doesNotMatch(JSON.stringify(clusters), /apiServerPort|apiServerAddress|extraPortMappings|hostPort/);
});

test("the provider is replaced exactly when the cluster is", async () => {
  const identifier = async (args: KindClusterArgs = {}) => {
    const recording = await recorded(created(args), { mode: "preview" });
    return inputs(only(recording, "pulumi:providers:kubernetes")).clusterIdentifier;
  };
  const first = await identifier();
  assert.match(String(first), /^kind-sandbox-\*-[0-9a-f]{12}$/, "known before the cluster is there");
  assert.equal(await identifier(), first);
  assert.notEqual(await identifier(named), first);
  assert.equal(await identifier({ kubeconfigPath: "/tmp/kubeconfig" }), first);
  assert.notEqual(await identifier({ workers: 1 }), first);
  assert.notEqual(await identifier({ nodeImage: "kindest/node:v1.35.5" }), first);
});

test("resources that use the provider wait for the cluster", async () => {
  const recording = await recorded(() => {
    const cluster = new KindCluster("sandbox");
    const opts = { provider: cluster.provider, deletedWith: cluster.cluster };
    new k8s.core.v1.Namespace("inside", {}, opts);
  });
  const [cluster, provider] = [only(recording, type), only(recording, "pulumi:providers:kubernetes")];
  assert.ok(provider.dependencies.includes(cluster.urn));
  const inside = only(recording, "kubernetes:core/v1:Namespace");
  assert.ok(inside.provider?.startsWith(provider.urn));
  assert.equal(inside.deletedWith, cluster.urn);
});

test("configures several nodes without kube-proxy, with ports, mirrors and patches", async () => {
  const recording = await recorded(
    created({
      ...named,
      controlPlanes: 1,
      workers: 1,
      kubeProxy: KubeProxyMode.None,
      portMappings: [{ containerPort: 30080, hostPort: 8080 }],
      registryMirrors: [{ registry: "docker.io", hostsFolder: "/srv/mirrors/docker.io" }],
      kubeadmConfigPatches: ["kind: KubeletConfiguration\nfailSwapOn: false\n"],
      featureGates: { KubeletInUserNamespace: true },
    }),
  );
  const patches = ["kind: KubeletConfiguration\nfailSwapOn: false\n"];
  const mounts = [
    { hostPath: "/srv/mirrors/docker.io", containerPath: "/etc/containerd/certs.d/docker.io", readOnly: true },
  ];
  const ports = [{ containerPort: 30080, hostPort: 8080, listenAddress: "127.0.0.1", protocol: "TCP" }];
  const config = inputs(only(recording, type)).kindConfig as Record<string, unknown>;
  assert.deepEqual(config.nodes, [
    { role: "control-plane", kubeadmConfigPatches: patches, extraMounts: mounts, extraPortMappings: ports },
    { role: "worker", kubeadmConfigPatches: patches, extraMounts: mounts },
  ]);
  assert.equal((config.networking as Record<string, unknown>).kubeProxyMode, "none");
  assert.match(String(config.containerdConfigPatches), /config_path = "\/etc\/containerd\/certs\.d"/);
  assert.deepEqual(config.featureGates, { KubeletInUserNamespace: "true" });
  assert.deepEqual(recording.outputs.internal, { host: "sandbox-control-plane", port: 6443 });
});

test("several control planes are reached through kind's load balancer", async () => {
  const recording = await recorded(created({ ...named, controlPlanes: 3 }));
  assert.deepEqual(recording.outputs.internal, { host: "sandbox-external-load-balancer", port: 6443 });
});

test("artifacts.images applies to the node image, too", async () => {
  const artifacts = {
    images: { repositories: { "docker.io/kindest/node": "registry.example.com/kind/node" }, digests: false },
  };
  const recording = await recorded(created({ artifacts }));
  assert.equal(inputs(only(recording, type)).nodeImage, "registry.example.com/kind/node:v1.34.8");
});

test("reports all problems at once, before anything is created", async () => {
  const message = await failure(
    created({
      clusterName: "My Cluster",
      nodeImage: "kindest/node:v1.37.0",
      controlPlanes: 0,
      workers: 1.5,
      podSubnet: "10.244.0.0",
      serviceSubnet: "10.96.0.0/40",
      apiServerAddress: "localhost",
      apiServerPort: 70000,
      portMappings: [
        { containerPort: 80, hostPort: 8080 },
        { containerPort: 81, hostPort: 8080, protocol: PortProtocol.Tcp },
        { containerPort: 0, hostPort: 8081 },
      ],
      registryMirrors: [{ registry: "docker.io", hostsFolder: "mirrors" }],
      kubeadmConfigPatches: ["failSwapOn: false"],
    }),
  );
  for (const expected of [
    /KindCluster: 12 problems/,
    /clusterName: "My Cluster" is not a name that kind accepts/,
    /nodeImage: "docker\.io\/kindest\/node:v1\.37\.0" holds Kubernetes 1\.37, outside 1\.33 to 1\.35/,
    /controlPlanes: 0 is not/,
    /workers: 1\.5 is not/,
    /podSubnet: .*did you mean "10\.244\.0\.0\/32"/,
    /serviceSubnet: .*no valid prefix length/,
    /apiServerAddress: "localhost" is not an IP address/,
    /apiServerPort: 70000 is not a port/,
    /portMappings\[1\]\.hostPort: 127\.0\.0\.1:8080\/TCP is published by portMappings\[0\] already/,
    /portMappings\[2\]\.containerPort: 0 is not a port/,
    /registryMirrors\[0\]\.hostsFolder: "mirrors" is a relative path/,
    /kubeadmConfigPatches\[0\]: the patch does not say which object it patches/,
  ]) {
    assert.match(message, expected);
  }
  assert.match(
    await failure(created({ podSubnet: "10.96.0.0/12" })),
    /serviceSubnet: 10\.96\.0\.0\/16 overlaps podSubnet 10\.96\.0\.0\/12/,
  );
});

test("accepts a node image outside the range with allowUnsupportedVersions", async () => {
  const recording = await recorded(created({ nodeImage: "my/node:latest", allowUnsupportedVersions: true }));
  assert.equal(inputs(only(recording, type)).nodeImage, "docker.io/my/node:latest");
});
