import assert from "node:assert/strict";
import { test } from "node:test";
import { agreement, judge, type ProbeEvidence } from "../../lib/verify/judge";

const works = (how: string) => ({ works: true as const, how });
const fails = (why: string) => ({ works: false as const, why });

function evidence(given: Partial<ProbeEvidence> & Pick<ProbeEvidence, "observation">): ProbeEvidence {
  return { drops: [], client: works("the client reached x"), target: works("the target answers itself"), ...given };
}

const silent = { outcome: "silent" as const, how: "no answer in 2.0 s" };
const ambiguous = { outcome: "ambiguous" as const, how: "closed" };
const drop = ["Policy denied at ingress"];

test("silence with both controls is a denial, and cites the controls", () => {
  const { state, how } = judge(evidence({ observation: silent }));
  assert.equal(state, "denied");
  assert.deepEqual(how, ["no answer in 2.0 s", "the client reached x", "the target answers itself"]);
});

test("silence without a control is never a denial", () => {
  for (const missing of [{ client: fails("nothing answered it") }, { target: fails("nobody reached it") }]) {
    const { state, how } = judge(evidence({ observation: silent, ...missing }));
    assert.equal(state, "inconclusive");
    assert.match(how.join(" "), /no working control for the (client|target): (nothing|nobody)/);
  }
});

test("a drop that Cilium reports replaces the controls", () => {
  const without = { client: fails("a"), target: fails("b"), drops: drop };
  const { state, how } = judge(evidence({ observation: silent, ...without }));
  assert.equal(state, "denied");
  assert.match(how.join(" "), /Cilium dropped it: Policy denied at ingress/);
});

test("an ambiguous answer needs more than controls", () => {
  assert.equal(judge(evidence({ observation: ambiguous })).state, "inconclusive");
  assert.equal(judge(evidence({ observation: ambiguous, drops: drop })).state, "denied");
  assert.equal(judge(evidence({ observation: ambiguous, arrived: true })).state, "reachable");
});

test("a refused connection is reachable, unless Cilium reports that it refused", () => {
  const refused = { outcome: "reached" as const, how: "refused", refusal: true };
  assert.equal(judge(evidence({ observation: refused })).state, "reachable");
  assert.equal(judge(evidence({ observation: refused, drops: drop })).state, "denied");
});

test("an answer means reachable, whatever else was dropped", () => {
  const answered = { outcome: "reached" as const, how: "HTTP 500 in 3 ms" };
  assert.equal(judge(evidence({ observation: answered, drops: drop })).state, "reachable");
});

test("a probe that did not run has no result, whatever the controls show", () => {
  const none = { outcome: "none" as const, how: "the pod is gone" };
  assert.deepEqual(judge(evidence({ observation: none, drops: drop })), {
    state: "inconclusive",
    how: ["the pod is gone"],
  });
});

test("only a conclusive result can agree", () => {
  assert.equal(agreement("denied", "denied"), "agrees");
  assert.equal(agreement("allowed", "reachable"), "agrees");
  assert.equal(agreement("denied", "reachable"), "disagrees");
  assert.equal(agreement("allowed", "denied"), "disagrees");
  assert.equal(agreement("denied", "inconclusive"), "inconclusive");
  assert.equal(agreement("allowed", "inconclusive"), "inconclusive");
});
