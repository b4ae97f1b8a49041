import type { Evaluated } from "../manifests/evaluate";
import { explainerOf } from "../manifests/explainer";
import { type Change, edgesOf } from "../reachability/diff";
import { changeOrWhy } from "../reachability/explain/change";
import type { DiffReport } from "../report/diff/diff-rows";
import type { GateFix } from "../report/diff/gate-fix";
import { patchOf, writeChange } from "./explain-change";
import { changesAt, describeGate, type Gate } from "./gates";

/** A proposal is checked by compiling what would come of it, and a reader takes in only so many. */
const mostFixes = 3;

/**
 * For gates that are shut, the smallest change of the state afterwards that makes the first of their edges what it was, each checked by the engine: what
 * opened is closed, what closed is opened.
 */
export function gateFixes(shut: readonly Gate[], report: DiffReport, after: Evaluated): GateFix[] {
  const wanted = new Map<string, { gate: Gate; change: Change }>();
  for (const gate of shut)
    for (const change of changesAt(gate, report).filter(canBeUndone))
      wanted.set(`${change.to} ${change.proto} ${change.port} ${change.from[0]}`, { gate, change });
  const all = [...wanted.values()];
  if (all.length === 0) return [];
  const explainer = explainerOf(after);
  const edges = all.reduce((sum, { change }) => sum + change.from.length, 0);
  return all.slice(0, mostFixes).flatMap(({ gate, change }) => {
    const [edge] = edgesOf([change]);
    if (edge === undefined) return [];
    const { from, to, proto, port } = edge;
    const { change: proposed, why } = changeOrWhy(explainer, { from, to, proto, port });
    const written = proposed && writeChange(proposed, after);
    return [
      {
        gate: describeGate(gate),
        edge,
        more: edges - Math.min(all.length, mostFixes),
        ...(why !== undefined && { noChange: why }),
        ...(proposed && written && { change: { ...proposed, patch: patchOf(written), byHand: written.byHand } }),
      },
    ];
  });
}

/** Of an edge that is open on both sides only some requests changed, which no closing of all of it undoes. */
function canBeUndone({ before, after }: Change): boolean {
  return after !== undefined && before?.allowed !== after.allowed;
}
