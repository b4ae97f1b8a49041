import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { ClusterNetworkPolicy, ClusterNetworkPolicySpec } from "../../../lib/cilium/api/cluster-network-policy";
import { applyEdits, compile, Explainer, explain, type PolicySource, proposeChange } from "../../../lib/reachability";
import { changeOrWhy } from "../../../lib/reachability/explain/change";
import { evaluatedOf } from "../../../lib/reachability/explain/sources";
import type { Scenario } from "../../../lib/scenario/scenario";
import { tieredCases } from "../../oracle/tiers-generator";
import { runs } from "../../support/runs";

const scenario: Scenario = {
  endpoints: ["web", "rogue", "db"].map((app) => ({ id: `shop/${app}`, namespace: "shop", labels: { app } })),
};
const flow = (from: string) => ({ from: `shop/${from}`, to: "shop/db", proto: "TCP", port: 5432 });
const pods = (app: string) => ({ pods: { podSelector: { matchLabels: { app } } } });
const tiered = (name: string, spec: Partial<ClusterNetworkPolicySpec>): ClusterNetworkPolicy => ({
  apiVersion: "policy.networking.k8s.io/v1alpha2",
  kind: "ClusterNetworkPolicy",
  metadata: { name },
  spec: { tier: "Admin", priority: 5, subject: { namespaces: {} }, ...spec },
});
const allowing: PolicySource = {
  kind: "CiliumNetworkPolicy",
  metadata: { name: "db", namespace: "shop" },
  spec: { endpointSelector: { matchLabels: { app: "db" } }, ingress: [{ fromEndpoints: [{}] }] },
};
const admin = tiered("admin", {
  ingress: [
    { action: "Pass", from: [pods("web")] },
    { action: "Deny", from: [{ namespaces: {} }] },
  ],
});
const baseline = tiered("baseline", { tier: "Baseline", ingress: [{ action: "Deny", from: [{ namespaces: {} }] }] });

test("after a pass rule, a named port decides before all ports of the same tier, because Cilium inserts it first", () => {
  const to = [{ namespaces: {} }];
  const lower = { tier: "Baseline", priority: 1 } as const;
  const policies = [
    tiered("all", { ...lower, egress: [{ action: "Accept", to }] }),
    tiered("named", { ...lower, egress: [{ action: "Accept", protocols: [{ destinationNamedPort: "metrics" }], to }] }),
    tiered("passing", { priority: 0, egress: [{ action: "Pass", to: [{ pods: { podSelector: {} } }] }] }),
  ];
  const [web, db] = ["web", "db"].map((app) => ({ id: app, namespace: "shop", labels: { app } }));
  assert.ok(web && db);
  const named: Scenario = { endpoints: [web, { ...db, ports: [{ name: "metrics", port: 9090, protocol: "TCP" }] }] };
  const engine = compile(policies.map(evaluatedOf), named);
  assert.deepEqual(engine.verdict({ from: "web", to: "db", proto: "TCP", port: 9090 }).egressRules, ["/named"]);
  assert.deepEqual(engine.verdict({ from: "web", to: "db", proto: "TCP", port: 80 }).egressRules, ["/all"]);
});

test("lists pass rules and deciding rules in order, and rules that are not evaluated separately", () => {
  const { ingress, sentence } = explain([baseline, allowing, admin], scenario, flow("web"));
  const words = (rules: typeof ingress.matching = []) => rules.map((rule) => `${rule.effect}: ${rule.words}`);
  assert.deepEqual(words(ingress.matching), ["pass: rule 1 of clusterwide admin", "allow: rule 1 of shop/db"]);
  assert.deepEqual(words(ingress.outranked).sort(), [
    "deny: rule 1 of clusterwide baseline",
    "deny: rule 2 of clusterwide admin",
  ]);
  assert.match(sentence, /is allowed: ingress by rule 1 of shop\/db/);
});

test("says that no other policy opens what the Admin tier denies", () => {
  const explainer = new Explainer([allowing, admin], scenario);
  const told = explainer.explain(flow("rogue"));
  assert.equal(told.ingress.sentence, "Denied by rule 2 of clusterwide admin.");
  const { change, noChange } = changeOrWhy(explainer, flow("rogue"));
  assert.equal(change, undefined);
  assert.equal(noChange?.code, "earlier-rules");
  assert.match(
    noChange?.message ?? "",
    /^rule 2 of clusterwide admin is evaluated before .*; change it, or put a rule that accepts before it$/,
  );
});

test("a policy opens what the Baseline tier denies, without closing anything", () => {
  const sources = [baseline];
  const change = proposeChange(new Explainer(sources, scenario), flow("web"));
  assert.deepEqual(change?.closes, []);
  const after = compile(applyEdits(sources, change?.edits ?? []).map(evaluatedOf), scenario);
  assert.equal(after.verdict(flow("web")).allowed, true);
  assert.equal(after.verdict(flow("rogue")).allowed, false);
});

test("the evaluated rules include those that decide", () => {
  let decided = 0;
  for (const { scenario: cluster, policies } of fc.sample(tieredCases, { seed: 11, numRuns: Math.max(12, runs(12)) })) {
    const explainer = new Explainer(policies, cluster);
    for (const one of (cluster.flows ?? []).filter((_, place) => place % 9 === 0)) {
      const { verdict, egress, ingress } = explainer.explain(one);
      for (const end of [egress, ingress]) {
        if (end.verdict !== "allowed" && end.verdict !== "denied") continue;
        const effect = end.verdict === "allowed" ? "allow" : "deny";
        const asked = end.matching.filter((rule) => rule.effect === effect);
        const names = asked.map(({ policy: { namespace = "", name } }) => `${namespace}/${name}`);
        const deciding = (verdict[`${end.direction}Rules`] ?? []).filter((name) => !name.includes("derived-from"));
        for (const name of deciding) assert.ok(names.includes(name), `${name} is not among ${names.join()}`);
        if (deciding.length === 0)
          assert.deepEqual(
            asked.filter(({ unknown }) => unknown === undefined),
            [],
          );
        decided += deciding.length;
      }
    }
  }
  assert.ok(decided > 15, `${decided}`);
});
