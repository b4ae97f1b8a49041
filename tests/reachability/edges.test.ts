import assert from "node:assert/strict";
import { test } from "node:test";
import { sandboxPolicies } from "../../lib/components/sandbox/edges";
import { sandboxScenario } from "../../lib/components/sandbox/scenario";
import { edgesOfObjects } from "../../lib/input/scenario/edges";
import { reachableEdges, type Scenario } from "../../lib/reachability";
import { TransportMode } from "../../lib/scenario/transport-mode";

const scenario = (transportMode: TransportMode) => sandboxScenario({ transportMode, viz: true });
const sandbox = (transportMode: TransportMode) =>
  reachableEdges(sandboxPolicies(transportMode), scenario(transportMode));

test("lists the sandbox's edges in a stable order", () => {
  assert.deepEqual(Object.entries(sandbox(TransportMode.Transparent)), [
    ["anyone -> client", "TCP 4190, 4191, 9999"],
    ["client -> kube-dns", "TCP 53, UDP 53"],
    ["client -> linkerd-destination", "TCP 8086, 8090 mTLS"],
    ["client -> linkerd-identity", "TCP 8080 mTLS"],
    ["client -> podinfo", "TCP 9898 mTLS"],
    ["kubelet -> podinfo", "TCP 4190, 4191, 9797, 9898, 9999"],
    ["linkerd-viz-prometheus -> podinfo", "TCP 4190, 4191 mTLS"],
    ["linkerd-viz-tap -> podinfo", "TCP 4190, 4191 mTLS"],
    ["podinfo -> internet", "TCP 443"],
    ["podinfo -> kube-apiserver", "TCP 6443"],
    ["podinfo -> kube-dns", "TCP 53, UDP 53"],
    ["podinfo -> linkerd-destination", "TCP 8086, 8090 mTLS"],
    ["podinfo -> linkerd-identity", "TCP 8080 mTLS"],
  ]);
});

test("changing the transport mode shows in the diff as ports that open", () => {
  const edges = sandbox(TransportMode.TransportHeader);
  assert.equal(edges["client -> podinfo"], "TCP 9797, 9898, 9999 mTLS through 4143, which admits every port");
});

test("without policies, anyone reaches podinfo", () => {
  const edges = reachableEdges([], scenario(TransportMode.Transparent));
  assert.equal(edges["anyone -> podinfo"], "TCP 4190, 4191, 9797, 9898, 9999");
});

test("reports a policy that Cilium refuses, with the reason", () => {
  const [egress, ingress] = sandboxPolicies(TransportMode.Transparent);
  assert.ok(egress && ingress?.spec);
  const broken = {
    ...ingress,
    spec: { ...ingress.spec, ingress: [{ fromCIDR: ["10.0.0.0/8"], fromEntities: ["world"] }] },
  };
  const edges = reachableEdges([egress, broken], scenario(TransportMode.Transparent));
  assert.match(edges["refused policy cilium-linkerd/podinfo-ingress"] ?? "", /fromCIDR|fromEntities/);
  assert.equal(edges["client -> podinfo"], "TCP 9898 mTLS", "the client's own egress policy still holds it back");
  assert.equal(edges["internet -> podinfo"], "TCP 4190, 4191, 9797, 9898, 9999");
});

test("lists unknown edges beside allowed ones, with the missing facts", () => {
  const egress = (toServices: object, port: string) => ({
    toServices: [{ k8sService: toServices }],
    toPorts: [{ ports: [{ port, protocol: "TCP" }] }],
  });
  const policy = {
    apiVersion: "cilium.io/v2" as const,
    kind: "CiliumNetworkPolicy" as const,
    metadata: { name: "web", namespace: "shop" },
    spec: {
      endpointSelector: { matchLabels: { app: "web" } },
      egress: [egress({ serviceName: "db" }, "5432"), egress({ serviceName: "cache", namespace: "data" }, "6379")],
    },
  };
  const asked = {
    services: [{ name: "db", namespace: "shop", selector: { app: "db" } }],
    unseenServices: true,
    endpoints: [
      { id: "web", namespace: "shop", labels: { app: "web" } },
      { id: "db", namespace: "shop", labels: { app: "db" }, ports: [5432, 6379, 80].map((port) => ({ port })) },
    ],
  };
  assert.deepEqual(reachableEdges([policy], asked), {
    "web -> db": 'TCP 5432; TCP 6379 unknown: the Service "cache" in the namespace "data"',
  });
});

test("separates ports by how they travel, so that a plain one does not hide that another admits every port", () => {
  const meshed = (id: string): Scenario["endpoints"][number] => ({
    id,
    namespace: "shop",
    serviceAccount: id,
    labels: { app: id },
    mesh: { injected: true, skipInboundPorts: [9090] },
    ports: [{ port: 80 }, { port: 9090 }],
  });
  const asked: Scenario = {
    endpoints: [meshed("web"), meshed("db")],
    flows: [80, 9090].map((port) => ({ from: "web", to: "db", proto: "TCP", port })),
    mesh: { transportMode: TransportMode.TransportHeader },
  };
  assert.deepEqual(reachableEdges([], asked), {
    "web -> db": "TCP 80 mTLS through 4143, which admits every port; TCP 9090",
  });
});

test("does not say anyone for only some clients, or if their ports differ", () => {
  const pod = (id: string) => ({ id, namespace: "shop", labels: { app: id }, ports: [{ port: 80 }, { port: 81 }] });
  const endpoints = ["a", "b", "c", "d", "server"].map(pod);
  const ask = (...asked: [from: string, port: number][]) =>
    reachableEdges([], { endpoints, flows: asked.map(([from, port]) => ({ from, to: "server", proto: "TCP", port })) });
  assert.deepEqual(Object.keys(ask(["a", 80], ["b", 80], ["c", 80])), ["a -> server", "b -> server", "c -> server"]);
  assert.deepEqual(ask(["a", 80], ["b", 80], ["c", 80], ["d", 80]), { "anyone -> server": "TCP 80" });
  assert.equal(ask(["a", 80], ["b", 80], ["c", 80], ["d", 81])["d -> server"], "TCP 81");
});

test("an L7 rule lets through only part of a port", () => {
  const policy = {
    apiVersion: "cilium.io/v2" as const,
    kind: "CiliumNetworkPolicy" as const,
    metadata: { name: "p", namespace: "shop" },
    spec: {
      endpointSelector: {},
      ingress: [
        { toPorts: [{ ports: [{ port: "80", protocol: "TCP" as const }], rules: { http: [{ method: "GET" }] } }] },
      ],
    },
  };
  const pod = (id: string) => ({ id, namespace: "shop", ports: [{ port: 80 }] });
  assert.equal(
    reachableEdges([policy], { endpoints: [pod("web"), pod("db")] })["web -> db"],
    "TCP 80 (requests that an L7 rule lets through)",
  );
});

test("lists an unseen object among the edges", () => {
  const external = {
    apiVersion: "workload.linkerd.io/v1beta1",
    kind: "ExternalWorkload",
    metadata: { name: "vm", namespace: "shop" },
    spec: { meshTLS: { identity: "vm.shop", serverName: "vm.shop" } },
  };
  const { edges, problems } = edgesOfObjects([external], {});
  assert.deepEqual(problems, []);
  assert.match(edges["not seen ExternalWorkload shop/vm"] ?? "", /^it has no address/);
});
