import assert from "node:assert/strict";
import { test } from "node:test";
import { sandboxPolicies } from "../../lib/components/sandbox/edges";
import { sandboxScenario } from "../../lib/components/sandbox/scenario";
import { reachableEdges } from "../../lib/reachability";
import { TransportMode } from "../../lib/scenario/transport-mode";

const scenario = (transportMode: TransportMode) => sandboxScenario({ transportMode, viz: true });
const sandbox = (transportMode: TransportMode) =>
  reachableEdges(sandboxPolicies(transportMode), scenario(transportMode));

test("the sandbox's edges, in a stable order", () => {
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

test("the other transport mode shows in the diff as ports that open", () => {
  const edges = sandbox(TransportMode.TransportHeader);
  assert.equal(edges["client -> podinfo"], "TCP 9797, 9898, 9999 mTLS through 4143, which admits every port");
});

test("without policies anyone reaches podinfo", () => {
  const edges = reachableEdges([], scenario(TransportMode.Transparent));
  assert.equal(edges["anyone -> podinfo"], "TCP 4190, 4191, 9797, 9898, 9999");
});

test("a policy that Cilium refuses is told, with the reason: it cuts nothing", () => {
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

test("what cannot be decided stands beside what is allowed, with what would have to be known", () => {
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
