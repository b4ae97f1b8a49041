import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isNode } from "../../lib/cilium/policy/identity";
import { compile, type PortOfFlow, type Scenario } from "../../lib/reachability";
import type { NodeFacts } from "../../lib/scenario/scenario";
import { cases } from "../oracle/generator";
import { evaluated } from "../oracle/oracle";
import { runs } from "../support/runs";

const ASKED: readonly PortOfFlow[] = [
  { proto: "TCP", port: 8080 },
  { proto: "UDP", port: 53 },
];

const facts: fc.Arbitrary<NodeFacts> = fc.record(
  {
    policyEnforcement: fc.constantFrom("default", "always", "never"),
    auditMode: fc.boolean(),
    l7Proxy: fc.boolean(),
    hostFirewall: fc.boolean(),
    policyDefaultLocalCluster: fc.boolean(),
    cidrMatchMode: fc.subarray<"nodes" | "pods">(["nodes", "pods"]),
  },
  { requiredKeys: [] },
);

/** Which pool the node of each endpoint is in, where it is known. */
const arbitrary = fc.record({
  given: cases,
  set: facts,
  pools: fc.array(fc.constantFrom("gpu", "web", undefined), { minLength: 30, maxLength: 30 }),
});

test("the verdict is known only if all agents that an endpoint may have agree", () => {
  const property = fc.property(arbitrary, ({ given: { scenario, policies }, set, pools }) => {
    const { flows: _, ...rest } = scenario;
    const pool = new Map(scenario.endpoints.map(({ id }, index) => [id, pools[index % pools.length]]));
    const placed = scenario.endpoints.map((endpoint): Scenario["endpoints"][number] => {
      const own = pool.get(endpoint.id);
      if (endpoint.reserved !== undefined || endpoint.ip !== undefined || own === undefined) return endpoint;
      return { ...endpoint, nodeLabels: { pool: own } } as Scenario["endpoints"][number];
    });
    const nodeSettings = [{ description: "it", nodeSelector: { matchLabels: { pool: "gpu" } }, cluster: set }];
    const own = evaluated({ policies });
    const base = compile(own, rest);
    const other = compile(own, { ...rest, cluster: { ...rest.cluster, ...set } });
    const both = compile(own, { ...rest, endpoints: placed, nodeSettings });
    const ways = (id: string) => {
      const endpoint = placed.find((one) => one.id === id);
      const known = endpoint?.nodeLabels?.pool;
      // The given labels of a node are the known ones.
      return known === "gpu" ? [other] : known === undefined ? [base, other] : [base];
    };
    for (const { id: to } of placed) {
      for (const port of ASKED) {
        const { kindOf, verdict } = both.sourceClasses(to, port);
        for (const [place, { id: from }] of placed.entries()) {
          if (from === to) continue;
          const flow = { from, to, ...port };
          const found = both.verdict(flow);
          for (const [end, direction] of [
            [from, "egress"],
            [to, "ingress"],
          ] as const) {
            const said = ways(end).map((one) => one.verdict(flow)[direction]);
            const passes = said.map((one) => (one === "no policy here" ? "allowed" : one));
            const expected = new Set(passes).size === 1 ? passes[0] : "unknown";
            const answer = found[direction] === "no policy here" ? "allowed" : found[direction];
            // Requests that a proxy lets through on only some nodes are unknown too.
            const isProxied = ways(end).some((one) => one.atEnd(direction, flow).split(" ")[1] === "true");
            if (expected === "allowed" && answer === "unknown" && isProxied) continue;
            assert.equal(answer, expected, JSON.stringify({ flow, direction, said, set }));
          }
          assert.deepEqual(verdict(kindOf[place] ?? -1, flow), found);
        }
      }
    }
  });
  fc.assert(property, { numRuns: runs(40), seed: 11 });
});

test("an endpoint that policies select under only some agents is fenced", () => {
  const scenario: Scenario = {
    endpoints: [{ id: "host", reserved: ["host"] }],
    nodeSettings: [{ description: "it", nodeSelector: { matchLabels: { a: "b" } }, cluster: { hostFirewall: true } }],
  };
  assert.ok(scenario.endpoints.every(isNode));
  assert.equal(compile([], scenario).isFenced("host"), true);
  assert.equal(compile([], { endpoints: scenario.endpoints }).isFenced("host"), false);
});
