import assert from "node:assert/strict";
import { applyEdits, type Edit, Explainer, type Flow, type PolicySource } from "../../../lib/reachability";
import { countEdges, type EdgeChange, edgesOf } from "../../../lib/reachability/diff";
import { changeOrWhy } from "../../../lib/reachability/explain/change";
import { applyToScenario } from "../../../lib/reachability/explain/edits";
import { stateOf } from "../../../lib/reachability/verdict";
import type { Case } from "../../oracle/oracle";

/** Says of every flow of a case's scenario whether it passes. */
export type Judge = (asked: Case) => Promise<readonly (Flow & { allowed: boolean })[]>;

/** What a change of one flow was; `none`: there is one, and `explain` does not find it. */
export type Outcome = "opened" | "closed" | "unknown" | "impossible" | "none";

const key = ({ from, to, proto, port }: Flow) => `${from} ${to} ${proto} ${port}`;
const isSure = ({ before, after }: EdgeChange) =>
  before !== undefined && after !== undefined && stateOf(before) !== "unknown" && stateOf(after) !== "unknown";

/**
 * Holds the change that is proposed for a flow against a judge: it opens what was shut or shuts what was open, what it is said to open and
 * close besides is what opens and closes, and without any of its parts the flow stays as it was.
 */
export async function judgeChange({ scenario, policies }: Case, flow: Flow, judge: Judge): Promise<Outcome> {
  const sources = policies as PolicySource[];
  const explainer = new Explainer(sources, scenario);
  const { state, egress, ingress, linkerd } = explainer.explain(flow);
  if (state === "unknown") return "unknown";
  const { change, noChange } = changeOrWhy(explainer, flow);
  const ask = async (edits: readonly Edit[]) => {
    const after = applyEdits(sources, edits) as Case["policies"];
    const lines = await judge({ scenario: applyToScenario(scenario, edits), policies: after });
    return new Map(lines.map((line) => [key(line), line.allowed]));
  };
  if (change === undefined) {
    // If the other end, or a rule that the change leaves in place, is unknown, no change is certain; the reason must then name the missing fact.
    const ends = [egress.verdict, ingress.verdict, linkerd?.verdict];
    const { code, message } = noChange;
    if (ends.includes("unknown")) assert.equal(code, "unknown");
    if (code === "unknown") assert.match(message, /^it depends on ./);
    if (code === "no-policy") assert.ok(!ends.includes(state));
    return code === "unknown" || code === "no-policy" ? "impossible" : "none";
  }
  const before = await ask([]);
  const after = await ask(change.edits);
  const wanted = state === "denied";
  const told = () => JSON.stringify({ flow, edits: change.edits, policies, scenario });
  assert.equal(after.get(key(flow)), wanted, `the change does not do it: ${told()}`);
  for (const edit of change.edits) {
    const left = change.edits.filter((other) => other !== edit);
    // Otherwise nothing would be certain: this judge treats unknown peers, such as CIDR groups, as empty.
    const unsure = new Explainer(applyEdits(sources, left), applyToScenario(scenario, left)).explain(flow);
    if (unsure.state === "unknown") continue;
    const fewer = await ask(left);
    assert.equal(fewer.get(key(flow)), !wanted, `not needed: ${edit.words}: ${told()}`);
  }
  const claimed = new Map([...edgesOf(change.opens), ...edgesOf(change.closes)].map((edge) => [key(edge), edge]));
  assert.equal(claimed.size, countEdges(change.opens) + countEdges(change.closes));
  for (const [edge, was] of before) {
    if (edge === key(flow)) continue;
    const is = after.get(edge);
    const claim = claimed.get(edge);
    if (is !== was) assert.ok(claim, `${edge} changes in silence: ${told()}`);
    else if (claim !== undefined) assert.ok(!isSure(claim), `${edge} does not change: ${told()}`);
  }
  return wanted ? "opened" : "closed";
}
