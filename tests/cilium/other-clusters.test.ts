import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, fromClusterNetworkPolicy, type OrderedPeer, type Scenario } from "../../lib/reachability";

const CLUSTER = "io.cilium.k8s.policy.cluster";
const pod = (id: string, app: string, cluster?: string): Scenario["endpoints"][number] => ({
  ...{ id, namespace: "shop", labels: { app }, ...(cluster && { cluster }) },
});
const scenario: Scenario = {
  cluster: { name: "here", policyDefaultLocalCluster: true },
  namespaces: [{ name: "shop" }],
  endpoints: [pod("db", "db"), pod("web", "web"), pod("there", "web", "there")],
};

/** The web pods that a policy with this peer denies. */
function denied(peer: OrderedPeer): string[] {
  const { policy } = fromClusterNetworkPolicy({
    ...{ apiVersion: "policy.networking.k8s.io/v1alpha2", kind: "ClusterNetworkPolicy", metadata: { name: "p" } },
    spec: { tier: "Admin", priority: 1, subject: { namespaces: {} }, ingress: [{ action: "Deny", from: [peer] }] },
  });
  const reachability = compile([policy], scenario);
  return ["web", "there"].filter(
    (from) => reachability.verdict({ from, to: "db", proto: "TCP", port: 80 }).ingress === "denied",
  );
}

test("a pod peer of a ClusterNetworkPolicy matches only this cluster, unless its pod selector names clusters", () => {
  const web = { app: "web" };
  assert.deepEqual(denied({ pods: { podSelector: { matchLabels: web } } }), ["web"]);
  assert.deepEqual(denied({ pods: { podSelector: { matchLabels: { ...web, [CLUSTER]: "there" } } } }), ["there"]);
  const anywhere = { matchLabels: web, matchExpressions: [{ key: CLUSTER, operator: "Exists" as const }] };
  assert.deepEqual(denied({ pods: { podSelector: anywhere } }), ["web", "there"]);
  assert.deepEqual(denied({ namespaces: { matchLabels: { "kubernetes.io/metadata.name": "shop" } } }), [
    "web",
    "there",
  ]);
});
