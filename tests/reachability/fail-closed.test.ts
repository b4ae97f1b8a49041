import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_DECISION, SharedDecisions } from "../../lib/cilium/policy/decision";
import { Models } from "../../lib/cilium/policy/models";
import { decideAll } from "../../lib/reachability/linkerd/authorization-decision";
import { Pairs } from "../../lib/reachability/sources/numbers";
import { SourceClasses } from "../../lib/reachability/sources/source-classes";
import type { Scenario } from "../../lib/scenario/scenario";

// A gap in the engine's own tables must never be read as "nobody decides", which lets a flow pass.

const scenario: Scenario = {
  endpoints: [
    { id: "shop/web", namespace: "shop", labels: { app: "web" } },
    { id: "shop/db", namespace: "shop", labels: { app: "db" } },
  ],
};
const stranger = { id: "shop/new", namespace: "shop", labels: { app: "new" } };

test("an unknown source is an error, not an answer", () => {
  const model = new Models([], scenario, "unknown");
  for (const endpoints of [
    [...scenario.endpoints, stranger],
    [stranger, ...scenario.endpoints],
  ]) {
    const sourceClasses = new SourceClasses(model, { ...scenario, endpoints }, false, undefined);
    assert.throws(() => sourceClasses.of("shop/db", { proto: "TCP", port: 80 }), /endpoint shop\/new is missing/);
  }
  assert.equal(
    new SourceClasses(model, scenario, false, undefined).of("shop/db", { proto: "TCP", port: 80 }).kinds.length,
    1,
  );
});

test("an unfilled entry of a table is not a decision", () => {
  const decisions = new SharedDecisions();
  const { number } = decisions.of({ verdict: "denied", origins: [], l7: false });
  assert.deepEqual([decisions.at(NO_DECISION), decisions.at(number)?.verdict], [undefined, "denied"]);
  for (const wrong of [0, number + 1, -1, Number.NaN]) assert.throws(() => decisions.at(wrong), /is missing/);
});

test("distinguishes combinations of decisions by text if a number is too small", () => {
  const few = new Pairs(10);
  const pairs: readonly [number, number][] = [
    [1, 0],
    [0, 9],
    [0, 1],
    [9, 0],
    [1, 0],
  ];
  assert.deepEqual(
    pairs.map(([first, second]) => few.of(first, second)),
    [0, 1, 2, 3, 0],
  );
  const many = new Pairs(2 ** 40);
  assert.notEqual(many.of(2 ** 19, 1), many.of(2 ** 19, 2));
});

test("a port without a policy is an error of the engine and admits nobody", () => {
  const client = { address: "10.0.0.1", isMeshed: false } as unknown as Parameters<typeof decideAll>[1]["client"];
  assert.throws(() => decideAll([], { port: 80, client, asBytes: false, probes: false }), /the policy of a port/);
});
