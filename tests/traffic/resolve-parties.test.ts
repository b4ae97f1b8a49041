import assert from "node:assert/strict";
import { test } from "node:test";
import { outcomeOf } from "../../lib/traffic/outcome";
import type { Party } from "../../lib/traffic/party";
import { withParties } from "../../lib/traffic/resolve-parties";
import type { TrafficEdge } from "../../lib/traffic/traffic";

const [first, second, web, db]: Party[] = ["10.0.0.1", "10.0.0.2", "shop/web", "shop/db"].map((id) => ({
  id,
  kind: "workload",
}));
const edge = (from: Party, more: Partial<TrafficEdge>): TrafficEdge => ({
  ...{ from, to: db as Party, protocol: "TCP", port: 80, flows: 1, passed: 1, denied: 0, audited: 0 },
  ...more,
});
const summed = (a: Partial<TrafficEdge>, b: Partial<TrafficEdge>) => {
  const edges = [edge(first as Party, a), edge(second as Party, b)];
  const [sum, ...others] = withParties(edges, (party) => (party === db ? party : (web as Party)));
  assert.ok(sum !== undefined && others.length === 0, "they are one edge");
  return sum;
};

test("a merged edge was denied only if both were, since the later moment", () => {
  const [early, late] = ["2026-11-26T10:00:00Z", "2026-11-26T11:00:00Z"];
  assert.equal(summed({ deniedSince: early }, {}).deniedSince, undefined);
  assert.equal(summed({}, { deniedSince: early }).deniedSince, undefined);
  assert.equal(summed({ deniedSince: late }, { deniedSince: early }).deniedSince, late);
  assert.equal(summed({ deniedSince: early }, { deniedSince: late }).deniedSince, late);
});

test("a merged edge is audited if one of its two edges is", () => {
  const sum = summed({ requests: 5 }, { requests: 3, auditedRequests: 2 });
  assert.deepEqual([sum.requests, sum.auditedRequests, sum.flows, outcomeOf(sum)], [5, 2, 2, "audited"]);
});
