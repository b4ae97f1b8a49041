import assert from "node:assert/strict";
import { test } from "node:test";
import type { PolicyManifest } from "../../../lib/cilium/api/policy";
import { compile, type Scenario } from "../../../lib/reachability";
import { diffReachability, edgesOf } from "../../../lib/reachability/diff";
import { changeReasons, Explainer } from "../../../lib/reachability/explain";
import type { NodeFacts } from "../../../lib/scenario/scenario";

const nothing: PolicyManifest = {
  apiVersion: "cilium.io/v2",
  kind: "CiliumClusterwideNetworkPolicy",
  metadata: { name: "nothing" },
  spec: { endpointSelector: {}, ingress: [{ fromEntities: ["none"] }] },
};
const pod = (name: string, nodeLabels?: Record<string, string>): Scenario["endpoints"][number] => ({
  ...{ id: `shop/${name}`, namespace: "shop", labels: { app: name }, ports: [{ port: 80 }] },
  ...(nodeLabels && { nodeLabels }),
});
const onSsd = (cluster: NodeFacts): Scenario => ({
  endpoints: [pod("web"), pod("ssd", { disk: "ssd" }), pod("hdd", { disk: "hdd" }), pod("anywhere")],
  nodeSettings: [{ description: "CiliumNodeConfig a", nodeSelector: { matchLabels: { disk: "ssd" } }, cluster }],
});
const toSsd = { from: "shop/web", to: "shop/ssd", proto: "TCP", port: 80 };

test("explains a decision by the settings of the endpoint's own agent", () => {
  const told = (to: string, policies: PolicyManifest[], set: NodeFacts) =>
    new Explainer(policies, onSsd(set)).explain({ ...toSsd, to: `shop/${to}` }).sentence;
  assert.match(told("ssd", [nothing], { auditMode: true }), /is allowed: the agent reports what policies deny/);
  assert.match(told("ssd", [nothing], { policyEnforcement: "never" }), /is allowed: the agent enforces no policy/);
  assert.match(told("ssd", [], { policyEnforcement: "always" }), /denied: .* the agent enforces policy everywhere/);
  assert.match(told("hdd", [nothing], { auditMode: true }), /is denied: no ingress rule/);
  assert.match(
    told("anywhere", [nothing], { auditMode: true }),
    /is not known: on which node it runs: CiliumNodeConfig a on some/,
  );
});

test("explains a change by the settings of one node", () => {
  const sides = [onSsd({}), onSsd({ auditMode: true })].map((scenario) => ({
    scenario,
    reachability: compile([nothing], scenario),
    explainer: new Explainer([nothing], scenario),
  }));
  const [before, after] = sides;
  assert.ok(before && after);
  const [edge] = [...edgesOf(diffReachability(before, after).opened)].filter(({ to }) => to === "shop/ssd");
  assert.ok(edge);
  const reasons = changeReasons({ before: before.explainer, after: after.explainer }, edge);
  assert.match(reasons.map(({ words }) => words).join(), /lets it through \(policyAuditMode\)/);
});
