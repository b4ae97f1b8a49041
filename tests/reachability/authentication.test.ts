import assert from "node:assert/strict";
import { test } from "node:test";
import type { Rule } from "../../lib/cilium/api/policy";
import { applyEdits, changeOrWhy, compile, Explainer, type PolicySource } from "../../lib/reachability";
import { diffReachability, edgesOf } from "../../lib/reachability/diff";
import { changeReasons } from "../../lib/reachability/explain/change-reasons";
import { evaluatedOf } from "../../lib/reachability/explain/sources";
import { decidedBy, proxiedWords } from "../../lib/reachability/words";
import type { Scenario } from "../../lib/scenario/scenario";

const scenario: Scenario = {
  cluster: { mutualAuthentication: false },
  endpoints: [
    { id: "shop/web", namespace: "shop", labels: { app: "web" } },
    { id: "shop/api", namespace: "shop", labels: { app: "api" }, ports: [{ port: 80 }, { port: 90 }] },
    { id: "world", reserved: ["world"] },
  ],
};
const authenticating: Scenario = { ...scenario, cluster: { mutualAuthentication: true } };
const web = { fromEndpoints: [{ matchLabels: { app: "web" } }] };
const tcp = (port: number, rules?: object) => [
  { ports: [{ port: String(port), protocol: "TCP" as const }], ...(rules && { rules }) },
];
const required = { authentication: { mode: "required" as const } };

const policy = (ingress: Rule["ingress"], more: object = {}): PolicySource[] => [
  {
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: { name: "api", namespace: "shop" },
    spec: { endpointSelector: { matchLabels: { app: "api" } }, ingress, ...more },
  } as PolicySource,
];
const verdictOf = (policies: readonly PolicySource[], port = 80, within = scenario, from = "shop/web") =>
  compile(policies.map(evaluatedOf), within).verdict({ from, to: "shop/api", proto: "TCP", port });

test("follows the policy map if it is unknown whether agents authenticate", () => {
  const { cluster: _, ...unsaid } = scenario;
  const { ingress, authenticates } = verdictOf(policy([{ ...web, ...required }]), 80, unsaid);
  assert.deepEqual([ingress, authenticates], ["allowed", ["ingress"]]);
});

test("an edge opens when it drops required authentication, and closes when it adds it, whether or not agents are known to authenticate", () => {
  const { cluster: _, ...unsaid } = scenario;
  const [asking, open] = [policy([{ ...web, ...required }]), policy([web])];
  const changed = (before: readonly PolicySource[], after: readonly PolicySource[], within: Scenario) => {
    const side = (all: readonly PolicySource[]) => ({
      scenario: within,
      reachability: compile(all.map(evaluatedOf), within),
    });
    const diff = diffReachability(side(before), side(after));
    return [diff.opened, diff.closed].map((list) => [...edgesOf(list)].map(({ from, port }) => `${from} ${port}`));
  };
  const edges = ["shop/web 80", "shop/web 90"];
  for (const within of [unsaid, authenticating, scenario]) {
    const told = changed(asking, open, within).map((list) => list.filter((edge) => edges.includes(edge)));
    assert.deepEqual(told, [edges, []]);
    const back = changed(open, asking, within).map((list) => list.filter((edge) => edges.includes(edge)));
    assert.deepEqual(back, [[], edges]);
    assert.deepEqual(changed(asking, asking, within), [[], []]);
  }
});

test("drops traffic that requires authentication if agents lack it, and passes it between pods if they have it", () => {
  const asking = policy([{ ...web, ...required }]);
  const { ingress, allowed, authenticates, ingressRules } = verdictOf(asking);
  assert.deepEqual([ingress, allowed, authenticates, ingressRules], ["denied", false, ["ingress"], ["shop/api"]]);
  assert.equal(
    decidedBy(verdictOf(asking)),
    "api requires mutual authentication, which Cilium does not give (ingress)",
  );
  assert.deepEqual([verdictOf(asking, 80, authenticating).ingress], ["allowed"]);
  // Clients outside the cluster have no certificate.
  const outside = policy([{ fromEntities: ["world"], ...required }]);
  assert.equal(verdictOf(outside, 80, authenticating, "world").ingress, "denied");
  const never = policy([{ ...web, authentication: { mode: "test-always-fail" } }]);
  assert.equal(verdictOf(never, 80, authenticating).ingress, "denied");
  assert.equal(verdictOf(policy([{ ...web, authentication: { mode: "disabled" } }])).ingress, "allowed");
});

test("a rule without authentication inherits it from a rule that covers it; a rule that disables it does not", () => {
  const covered = (more: object) =>
    policy([
      { ...web, ...required },
      { ...web, toPorts: tcp(80), ...more },
    ]);
  assert.deepEqual(
    [80, 90].map((port) => verdictOf(covered({}), port).ingress),
    ["denied", "denied"],
  );
  const disabled = covered({ authentication: { mode: "disabled" } });
  assert.deepEqual(
    [80, 90].map((port) => verdictOf(disabled, port).ingress),
    ["allowed", "denied"],
  );
  // Also if one rule is for the peer and the other for everybody.
  const everybody = policy([{ toPorts: tcp(80), ...required }, web]);
  assert.deepEqual(
    [80, 90].map((port) => verdictOf(everybody, port).ingress),
    ["denied", "allowed"],
  );
});

test("a policy that may not select the pod but requires authentication leaves the verdict unknown", () => {
  const { endpoints } = scenario;
  const maybe: Scenario = {
    endpoints: endpoints.map((one) =>
      one.id === "shop/api" ? { ...one, unknownLabels: { tier: "the label tier" } } : one,
    ) as Scenario["endpoints"],
  };
  const selector = { endpointSelector: { matchLabels: { tier: "back" } } };
  assert.equal(verdictOf(policy([web], selector), 80, maybe).ingress, "allowed");
  assert.equal(verdictOf(policy([{ ...web, ...required }], selector), 80, maybe).ingress, "unknown");
});

test("names the rule when added authentication closes and removed authentication opens; the change that opens removes it", () => {
  const [plain, asking] = [policy([web]), policy([{ ...web, ...required }])];
  const side = (policies: PolicySource[]) => ({ scenario, reachability: compile(policies.map(evaluatedOf), scenario) });
  const closing = diffReachability(side(plain), side(asking));
  const opening = diffReachability(side(asking), side(plain));
  assert.deepEqual([closing.opened, opening.closed], [[], []]);
  assert.deepEqual(
    [closing.closed, opening.opened].map((list) => list.map(({ from, port }) => [from, port]).slice(0, 2)),
    [
      [
        [["shop/web"], 80],
        [["shop/web"], 90],
      ],
      [
        [["shop/web"], 80],
        [["shop/web"], 90],
      ],
    ],
  );
  const why = (
    before: PolicySource[],
    after: PolicySource[],
    [edge] = edgesOf(diffReachability(side(before), side(after)).closed),
  ) =>
    changeReasons(
      { before: new Explainer(before, scenario), after: new Explainer(after, scenario) },
      edge ?? { from: "shop/web", to: "shop/api", proto: "TCP", port: 80 },
    ).map(({ words }) => words);
  assert.deepEqual(why(plain, asking), [
    "rule 1 of shop/api requires mutual authentication, which Cilium does not give",
  ]);
  assert.deepEqual(why(asking, plain), [
    "rule 1 of shop/api no longer requires mutual authentication, which Cilium does not give",
  ]);
  const explainer = new Explainer(asking, scenario);
  const flow = { from: "shop/web", to: "shop/api", proto: "TCP", port: 80 };
  assert.match(explainer.explain(flow).ingress.sentence, /^Denied: rule 1 of shop\/api requires mutual authentication/);
  const { change } = changeOrWhy(explainer, flow);
  assert.deepEqual(
    change?.edits.map(({ words }) => words),
    ["take authentication out of rule 1 of shop/api"],
  );
  assert.equal(verdictOf(applyEdits(asking, change?.edits ?? [])).ingress, "allowed");
});

test("reach and explain say which requests pass Cilium's own proxy", () => {
  const http = policy([{ ...web, toPorts: tcp(80, { http: [{ method: "GET", path: "/env" }] }) }]);
  assert.equal(proxiedWords(verdictOf(http)), "then Cilium's proxy, for GET /env alone");
  const flow = { from: "shop/web", to: "shop/api", proto: "TCP", port: 80 };
  const { ingress, egress } = new Explainer(http, scenario).explain(flow);
  assert.deepEqual([ingress.requests, egress.requests], [["GET /env"], undefined]);
  assert.equal(ingress.sentence, "Allowed by rule 1 of shop/api, through Cilium's proxy for GET /env alone.");
  assert.equal(proxiedWords(verdictOf(policy([web]))), "");
});
