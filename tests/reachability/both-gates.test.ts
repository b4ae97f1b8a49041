import assert from "node:assert/strict";
import { test } from "node:test";
import { NO_DECISION } from "../../lib/cilium/policy/decision";
import { BothGates } from "../../lib/reachability/linkerd/both-gates";
import type { LinkerdDecision } from "../../lib/reachability/linkerd/linkerd-decision";
import { skippedBy } from "../../lib/reachability/linkerd/skipped-subnets";

const routes: LinkerdDecision["routes"] = [{ requests: "GET /", verdict: "allowed" }];
const whole: LinkerdDecision = { verdict: "allowed", owner: "Server a" };
const some: LinkerdDecision = { verdict: "allowed", owner: "Server b", routes };
const none: LinkerdDecision = { verdict: "denied", owner: "Server c", reason: "admits nobody" };

/** What is decided where one proxy says this and the other that; undefined: nobody is asked. */
function both(out: LinkerdDecision | undefined, into: LinkerdDecision | undefined): LinkerdDecision | undefined {
  const made: (LinkerdDecision | undefined)[] = [];
  const of = (decision: LinkerdDecision) => made.push(decision) + NO_DECISION;
  const at = (number: number) => made[number - NO_DECISION - 1];
  const gate = (decision: LinkerdDecision | undefined) => {
    const number = decision === undefined ? NO_DECISION : of(decision);
    return { numbers: () => Int32Array.of(number) };
  };
  const [number = NO_DECISION] = new BothGates(gate(out), gate(into), { at, of }).numbers({ port: 80, mtls: true });
  return at(number);
}

test("the stricter of two proxies decides", () => {
  assert.equal(both(undefined, some), some);
  assert.equal(both(some, undefined), some);
  assert.equal(both(none, whole), none);
  assert.equal(both(whole, none), none);
  assert.equal(both(whole, some), some);
  assert.equal(both(some, whole), some);
  assert.equal(both(some, { ...some, owner: "Server d" })?.verdict, "unknown", "which requests pass both is not known");
});

test("a client that may bypass the proxy has a known verdict only if the proxy admits everything", () => {
  const { maybe } = skippedBy({
    id: "shop/db",
    namespace: "shop",
    labels: {},
    mesh: { injected: true, skipSubnets: ["10.0.0.0/8"] },
  });
  assert.equal(maybe(whole).verdict, "allowed");
  for (const decision of [some, none])
    assert.match(
      `${maybe(decision).verdict} ${maybe(decision).reason}`,
      /^unknown the client's address: .*10\.0\.0\.0\/8/,
    );
});
