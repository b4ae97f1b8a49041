import assert from "node:assert/strict";
import { it } from "node:test";
import { failedGates, stopsAtUnclear, stopsAtUnseen } from "../../lib/cli/gates/gates";
import { manifestsOf } from "../../lib/cli/input/manifests";
import { parseGate } from "../../lib/cli/options/gates";
import { evaluateBoth } from "../../lib/manifests/evaluate";
import { diffReachability } from "../../lib/reachability/diff";
import type { DiffReport } from "../../lib/report/diff/diff-rows";

/** The exit statuses of `diff --fail-on` for two texts, by gate: 1 if it finds something, 2 if it cannot tell. */
export function endsWith(before: string, after: string, gates: readonly string[]): number[] {
  const options = { namespace: "default" };
  const [was, is] = [before, after].map((text) => manifestsOf([{ file: "p.yaml", text }], options));
  assert.ok(was !== undefined && is !== undefined);
  assert.deepEqual([...was.problems, ...is.problems], [], "the input can be read");
  const sides = evaluateBoth(was, is, options);
  const diff = diffReachability(sides.before, sides.after);
  const unseen = [...sides.before.unseen, ...sides.after.unseen];
  const endpoints = [...sides.after.scenario.endpoints, ...diff.endpoints.removed];
  // Skip lint, which takes most of the time and does not affect gates.
  const names = { before: "a", after: "b" };
  const report: DiffReport = {
    ...{ names, diff, endpoints, unseen, after: [], why: () => [], refused: [], warnings: [], problems: [] },
  };
  return gates.map((gate) => {
    const failOn = parseGate(gate);
    if (failedGates(failOn, report).length > 0) return 1;
    return stopsAtUnseen({ failOn }, unseen).length + stopsAtUnclear({ failOn }, report).length > 0 ? 2 : 0;
  });
}

/** The gates for what opens to the world. */
export const toWorld = ["opened", "opened:world"];

/** Tests that a change opens something, and its reverse nothing. */
export function opens(what: string, before: string, after: string, gates: readonly string[] = ["opened"]): void {
  it(`opens: ${what}`, () => {
    assert.deepEqual(
      [endsWith(before, after, gates), endsWith(after, before, gates)],
      [gates.map(() => 1), gates.map(() => 0)],
    );
  });
}

/** A selector of pods. */
export const labels = "{matchLabels: {app: api}}";
/** A selector with one expression. */
export const expression = (text: string) => `{matchExpressions: [${text}]}`;
