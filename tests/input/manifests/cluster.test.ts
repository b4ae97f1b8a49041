import assert from "node:assert/strict";
import { test } from "node:test";
import { stringify } from "yaml";
import { formatPath } from "../../../lib/common/problem";
import { readManifests } from "../../../lib/input/manifests/read";
import { scenarioOf } from "../../../lib/input/scenario/scenario";

const read = (...objects: unknown[]) =>
  readManifests([{ file: "w.yaml", text: objects.map((object) => stringify(object)).join("---\n") }]);
const endpoints = (...objects: unknown[]) => {
  const manifests = read(...objects);
  assert.deepEqual(manifests.problems, []);
  return manifests.workloads.map(({ endpoint }) => endpoint);
};

interface Pod {
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  spec?: Record<string, unknown>;
}
const template = ({ labels = { app: "web" }, annotations = {}, spec = {} }: Pod = {}) => ({
  metadata: { labels, annotations },
  spec: { containers: [{ name: "main", ports: [{ name: "http", containerPort: 8080 }] }], ...spec },
});
const deployment = (name: string, pod: Pod = {}) => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name, namespace: "shop" },
  spec: { template: template(pod) },
});
const namespace = (annotations: Record<string, string> = {}, labels: Record<string, string> = {}) => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "shop", annotations, labels },
});

test("every kind that creates pods becomes one endpoint", () => {
  const of = (apiVersion: string, kind: string, spec: unknown) => ({
    apiVersion,
    kind,
    metadata: { name: kind.toLowerCase(), namespace: "shop" },
    spec,
  });
  const found = endpoints(
    ...["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"].map((kind) =>
      of("apps/v1", kind, { template: template() }),
    ),
    of("batch/v1", "Job", { template: template() }),
    of("batch/v1", "CronJob", { jobTemplate: { spec: { template: template() } } }),
    of("v1", "Pod", template().spec),
  );
  assert.deepEqual(
    found.map(({ id }) => id),
    [
      "shop/cronjob",
      "shop/daemonset",
      "shop/deployment",
      "shop/job",
      "shop/pod",
      "shop/replicaset",
      "shop/statefulset",
    ],
  );
  for (const { id, ports } of found) assert.deepEqual(ports, [{ name: "http", port: 8080, protocol: "TCP" }], id);
});

test("takes labels, service account, protocol and namespace from the pod template", () => {
  const [web] = endpoints(
    deployment("web", {
      labels: { app: "web", tier: "front" },
      spec: { serviceAccountName: "web", containers: [{ name: "a", ports: [{ containerPort: 53, protocol: "UDP" }] }] },
    }),
  );
  assert.deepEqual(web, {
    id: "shop/web",
    namespace: "shop",
    labels: { app: "web", tier: "front" },
    serviceAccount: "web",
    ports: [{ port: 53, protocol: "UDP" }],
  });
  assert.equal(endpoints(deployment("web"))[0]?.serviceAccount, "default");
});

test("a kind of the same name in another API group is not a workload", () => {
  assert.deepEqual(endpoints({ ...deployment("web"), apiVersion: "example.com/v1" }), []);
});

test("injection: the pod's annotation overrides the namespace's, and an existing proxy counts", () => {
  const injected = (annotations: Record<string, string>, pod: Record<string, string>, spec = {}) =>
    endpoints(namespace(annotations), deployment("web", { annotations: pod, spec }))[0]?.mesh?.injected ?? false;
  assert.equal(injected({ "linkerd.io/inject": "enabled" }, {}), true);
  assert.equal(injected({ "linkerd.io/inject": "enabled" }, { "linkerd.io/inject": "disabled" }), false);
  assert.equal(injected({}, { "linkerd.io/inject": "ingress" }), true);
  assert.equal(injected({}, {}), false);
  assert.equal(injected({}, {}, { initContainers: [{ name: "linkerd-proxy", restartPolicy: "Always" }] }), true);
});

test("skipped and opaque ports are lists of ports and ranges, inherited like injection", () => {
  const [web] = endpoints(
    namespace({ "linkerd.io/inject": "enabled", "config.linkerd.io/skip-outbound-ports": "25" }),
    deployment("web", {
      annotations: { "config.linkerd.io/skip-inbound-ports": "4222, 6222-6224", "config.linkerd.io/opaque-ports": "" },
    }),
  );
  assert.deepEqual(web?.mesh, {
    injected: true,
    skipInboundPorts: [4222, 6222, 6223, 6224],
    skipOutboundPorts: [25],
    opaquePorts: [],
  });
});

test("reports a port list that Linkerd cannot read, at its position", () => {
  const object = deployment("web", {
    annotations: { "linkerd.io/inject": "enabled", "config.linkerd.io/opaque-ports": "mysql" },
  });
  const [problem] = read(object).problems;
  assert.equal(formatPath(problem?.path ?? []), 'spec.template.metadata.annotations["config.linkerd.io/opaque-ports"]');
  assert.match(stringify(object).split("\n")[(problem?.line ?? 0) - 1] ?? "", /opaque-ports: mysql/);
});

test("opaque ports may be names of container ports or of a Service's ports", () => {
  const named = deployment("web", {
    labels: { app: "web" },
    annotations: { "linkerd.io/inject": "enabled", "config.linkerd.io/opaque-ports": "pg,6000" },
    spec: { containers: [{ name: "a", ports: [{ name: "pg", containerPort: 7777 }] }] },
  });
  assert.deepEqual(endpoints(named)[0]?.mesh?.opaquePorts, [6000, 7777]);
  const service = {
    ...{ apiVersion: "v1", kind: "Service" },
    metadata: { name: "web", namespace: "shop", annotations: { "config.linkerd.io/opaque-ports": "sql" } },
    spec: { selector: { app: "web" }, ports: [{ name: "sql", port: 80, targetPort: 8080 }] },
  };
  assert.deepEqual(endpoints(named, service)[0]?.mesh?.opaquePorts, [6000, 7777, 8080]);
});

test("a pod on the host network has its node's identity, and its labels are known to select nothing", () => {
  const [agent] = endpoints(
    deployment("agent", {
      labels: { app: "agent" },
      spec: { hostNetwork: true, containers: [{ name: "a", ports: [{ containerPort: 9100 }] }] },
    }),
  );
  assert.deepEqual(
    [agent?.reserved, agent?.labels, agent?.hostNetwork],
    [["remote-node"], {}, { labels: { app: "agent" } }],
  );
});

test("reports an API that no cluster serves, or none any more, with the one to write", () => {
  const old = (apiVersion: string, kind: string) => ({ ...deployment("web"), apiVersion, kind });
  const rows = [
    ["extensions/v1beta1", "Deployment", "apps/v1"],
    ["extensions/v1beta1", "NetworkPolicy", "networking.k8s.io/v1"],
    ["networking.k8s.io/v1beta1", "NetworkPolicy", "networking.k8s.io/v1"],
    ["apps/v1beta1", "Deployment", "apps/v1"],
    ["apps/V1", "StatefulSet", "apps/v1"],
    ["batch/v1beta1", "CronJob", "batch/v1"],
    ["v2", "Pod", "v1"],
    ["V1", "Service", "v1"],
  ] as const;
  for (const [apiVersion, kind, current] of rows) {
    const { workloads, policies, problems } = read(old(apiVersion, kind));
    assert.deepEqual([workloads, policies], [[], []]);
    assert.deepEqual(
      problems.map(({ code, path, message, leftOut }) => ({ code, path, message, leftOut })),
      [
        {
          code: "unserved-version",
          path: ["apiVersion"],
          message: `no cluster serves ${kind} under ${apiVersion}; write ${current}. It is left out`,
          leftOut: { kind, name: "web", namespace: "shop" },
        },
      ],
    );
  }
  assert.deepEqual(read(old("extensions/v1beta1", "Ingress")).problems, []);
});

test("the objects that kubectl lists for one workload are one workload", () => {
  const owned = (kind: string, name: string, owner: { kind: string; name: string }, body: object) => ({
    apiVersion: kind === "Pod" ? "v1" : "apps/v1",
    kind,
    metadata: {
      name,
      namespace: "shop",
      labels: { app: "web", "pod-template-hash": "7d4b9c" },
      ownerReferences: [{ ...owner, controller: true }],
    },
    ...body,
  });
  const replicaSet = owned(
    "ReplicaSet",
    "web-7d4b9c",
    { kind: "Deployment", name: "web" },
    { spec: { template: template() } },
  );
  const pod = (name: string) =>
    owned("Pod", name, { kind: "ReplicaSet", name: "web-7d4b9c" }, { spec: template().spec });
  assert.deepEqual(
    endpoints(deployment("web"), replicaSet, pod("web-7d4b9c-a"), pod("web-7d4b9c-b")).map(({ id }) => id),
    ["shop/web"],
  );
  assert.deepEqual(
    endpoints(pod("web-7d4b9c-a"), pod("web-7d4b9c-b")).map(({ id }) => id),
    ["shop/web"],
  );
});

test("workloads of the same name but different kinds stay apart", () => {
  const found = endpoints(deployment("web"), { ...deployment("web"), kind: "StatefulSet" });
  assert.deepEqual(
    found.map(({ id }) => id),
    ["shop/statefulset/web", "shop/web"],
  );
  const cronJob = {
    ...{ apiVersion: "batch/v1", kind: "CronJob", metadata: { name: "web", namespace: "shop" } },
    spec: { jobTemplate: { spec: { template: { spec: { containers: [{ name: "a" }] } } } } },
  };
  const [late, first] = endpoints(cronJob, deployment("web"));
  assert.deepEqual([late?.id, first?.id], ["shop/cronjob/web", "shop/web"], "in whatever order they come");
});

test("includes the ports that Services map to and that policies open", () => {
  const bare = (name: string) => deployment(name, { labels: { app: name }, spec: { containers: [{ name: "a" }] } });
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "db", namespace: "shop" },
    spec: {
      selector: { app: "db" },
      ports: [
        { port: 80, targetPort: 5432 },
        { port: 81, targetPort: "named" },
      ],
    },
  };
  const policy = (spec: object) => ({
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: { name: "p", namespace: "shop" },
    spec,
  });
  const portsOf = (id: string, ...objects: unknown[]) => {
    const manifests = read(...objects);
    const scenario = scenarioOf(
      manifests,
      manifests.policies.map(({ manifest }) => manifest),
    );
    return scenario.endpoints
      .find((endpoint) => endpoint.id === id)
      ?.ports?.map(({ port, protocol }) => `${protocol}/${port}`);
  };
  const toPorts = [
    {
      ports: [
        { port: "9000", protocol: "TCP" },
        { port: "4143", protocol: "TCP" },
        { port: "7000", endPort: 7100, protocol: "TCP" },
      ],
    },
  ];
  assert.deepEqual(portsOf("shop/db", bare("db"), service), ["TCP/5432"]);
  assert.deepEqual(
    portsOf(
      "shop/db",
      bare("db"),
      policy({ endpointSelector: { matchLabels: { app: "db" } }, ingress: [{ toPorts }] }),
    ),
    ["TCP/9000", "TCP/7000"],
  );
  const egress = policy({ endpointSelector: {}, egress: [{ toEndpoints: [{ matchLabels: { app: "db" } }], toPorts }] });
  assert.deepEqual(portsOf("shop/db", bare("db"), bare("web"), egress), ["TCP/9000", "TCP/7000"]);
  assert.deepEqual(portsOf("shop/web", bare("db"), bare("web"), egress), []);
  assert.deepEqual(
    portsOf("shop/web", deployment("web", { labels: { app: "db" } }), egress),
    ["TCP/8080"],
    "a declared port is enough",
  );
});

test("reads Linkerd's transport mode from its own manifests or its release in a plan", () => {
  const destination = deployment("linkerd-destination", {
    spec: { containers: [{ name: "destination", args: ["destination", "-outbound-transport-mode=transparent"] }] },
  });
  assert.equal(read(destination).transportMode, "transparent");
  assert.equal(read(deployment("web")).transportMode, undefined);
});

test("reads the Kubernetes objects of a plan, and of a patch only what it sets on a namespace", () => {
  const resource = (type: string, inputs: object) => ({ urn: `urn:${type}`, type, name: "x", inputs });
  const plan = {
    project: "p",
    stack: "dev",
    resources: [
      resource("kubernetes:core/v1:NamespacePatch", namespace({ "linkerd.io/inject": "enabled" })),
      resource("kubernetes:core/v1:Namespace", namespace({}, { team: "a" })),
      resource("kubernetes:apps/v1:Deployment", deployment("web")),
      resource("kubernetes:apps/v1:DaemonSetPatch", { ...deployment("cilium"), kind: "DaemonSet" }),
      resource("kubernetes:helm.sh/v3:Release", {
        chart: "linkerd-control-plane",
        values: { proxy: { outboundTransportMode: "transparent" } },
      }),
      resource("random:index/randomId:RandomId", { kind: "Deployment" }),
    ],
  };
  const manifests = read(plan);
  assert.deepEqual(manifests.problems, []);
  assert.deepEqual(
    manifests.workloads.map(({ endpoint }) => [endpoint.id, endpoint.mesh?.injected]),
    [["shop/web", true]],
  );
  assert.deepEqual(manifests.namespaces, [{ name: "shop", labels: { team: "a" } }]);
  assert.equal(manifests.transportMode, "transparent");
});

test("reads whether Cilium has its L7 proxy from its ConfigMap or its release in a plan", () => {
  const config = (flag: string) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "cilium-config", namespace: "kube-system" },
    data: { "enable-l7-proxy": flag },
  });
  const plan = (chart: string) => ({
    project: "p",
    stack: "dev",
    resources: [{ type: "kubernetes:helm.sh/v3:Release", inputs: { chart, values: { l7Proxy: false } } }],
  });
  assert.equal(read(config("false")).l7Proxy, false);
  assert.equal(read(config("true")).l7Proxy, true);
  assert.equal(read(deployment("web")).l7Proxy, undefined);
  for (const chart of ["cilium", "oci://quay.io/cilium/charts/cilium", "/charts/cilium-1.20.2.tgz"])
    assert.equal(read(plan(chart)).l7Proxy, false, chart);
  assert.equal(read(plan("not-cilium")).l7Proxy, undefined);
  assert.deepEqual(scenarioOf(read(config("false")), [], read(config("false"))).cluster, { l7Proxy: false });
});

test("a Service's opaque ports apply to the meshed pods behind it, at their own ports", () => {
  const service = {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "db", namespace: "shop", annotations: { "config.linkerd.io/opaque-ports": "80,90" } },
    spec: {
      selector: { app: "db" },
      ports: [
        { port: 80, targetPort: 8080 },
        { port: 81, targetPort: 8081 },
      ],
    },
  };
  const opaque = (annotations: Record<string, string>) =>
    read(service, deployment("db", { labels: { app: "db" }, annotations })).workloads[0]?.endpoint.mesh?.opaquePorts;
  const enabled = { "linkerd.io/inject": "enabled" };
  assert.deepEqual(opaque({ ...enabled, "config.linkerd.io/opaque-ports": "5000" }), [90, 5000, 8080]);
  assert.deepEqual(opaque(enabled), [25, 90, 587, 3306, 4444, 5432, 6379, 8080, 9300, 11211]);
  assert.equal(opaque({}), undefined);
});

test("reads CIDR groups of either version, as stored, without those that the API server refuses", () => {
  const group = (version: string, name: string, spec: unknown) => ({
    ...{
      apiVersion: `cilium.io/${version}`,
      kind: "CiliumCIDRGroup",
      metadata: { name, labels: { kind: name } },
      spec,
    },
  });
  const { cidrGroups, problems } = read(
    group("v2", "partners", { externalCIDRs: ["203.0.113.0/24", "203.0.113.1"] }),
    group("v2alpha1", "offices", { externalCIDRs: [] }),
    group("v2", "broken", {}),
    group("v3", "newer", { externalCIDRs: [] }),
    group("v2", "sound", { externalCIDRs: ["203.0.113.0/24"] }),
    group("v2", "sound", { externalCIDRs: ["0.0.0.0/0"] }),
  );
  assert.deepEqual(cidrGroups, [
    { name: "offices", labels: { kind: "offices" }, cidrs: [] },
    { name: "sound", labels: { kind: "sound" }, cidrs: ["203.0.113.0/24"] },
  ]);
  assert.deepEqual(
    problems.map(({ message, leftOut }) => `${leftOut?.name}: ${message}`),
    [
      'partners: "203.0.113.1" is not an address block such as 10.0.0.0/8 or 2001:db8::/32. The group is left out',
      "broken: `externalCIDRs` is missing. The group is left out",
      "newer: cilium.io/v3 is not an API that has this kind; use cilium.io/v2. The group is left out",
      "undefined: is already defined at w.yaml:38; this one is ignored",
    ],
  );
});

test("reports an empty list item at its position", () => {
  const [problem] = read(deployment("web", { spec: { containers: [null] } })).problems;
  assert.deepEqual(
    [problem?.path, problem?.message],
    [["spec", "template", "spec", "containers", 0], "expected a mapping, found null"],
  );
});
