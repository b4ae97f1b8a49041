import { getOrMake } from "../../common/maps";
import type { Evaluated } from "../../manifests/evaluate";
import { explainerOf } from "../../manifests/explainer";
import { type Change, type EdgeChange, edgesOf } from "../../reachability/diff";
import { changeOrWhy, proposeUndoing } from "../../reachability/explain/change";
import type { ShownPort } from "../../reachability/words";
import type { DiffReport } from "../../report/diff/diff-rows";
import type { GateFix } from "../../report/diff/gate-fix";
import type { Flow } from "../../scenario/scenario";
import { patchOf, writeChange } from "../edits/write-change";
import { describeGate, type Gate } from "../options/gates";
import { changesAt } from "./gates";

/** Few, because checking a proposal compiles its result, and readers stop at the first ones. */
const mostFixes = 3;

/**
 * For gates that fail, the smallest change of the new state that restores their first edges, each checked by the engine:
 * what opened is closed, what closed is opened. One change for all ports that opened, or closed, between two ends.
 */
export function gateFixes(
  failed: readonly Gate[],
  report: DiffReport,
  { before, after }: { before: Evaluated; after: Evaluated },
): GateFix[] {
  const pairs = new Map<string, Map<string, Asked>>();
  const firsts = new Set<string>();
  for (const gate of failed)
    for (const change of changesAt(gate, report).filter(canBeUndone))
      for (const edge of edgesOf([change])) {
        const port = JSON.stringify([edge.proto, edge.port, edge.standsFor]);
        getOrMake(pairs, pairOf(edge), () => new Map<string, Asked>()).set(port, { gate, edge });
        // One source of a row stands for the others.
        if (edge.from === change.from[0]) firsts.add(pairOf(edge));
      }
  if (pairs.size === 0) return [];
  const explainer = explainerOf(after);
  const fixes = [...firsts].slice(0, mostFixes).flatMap((pair) => {
    const ofPair = [...(pairs.get(pair)?.values() ?? [])];
    const [first, ...others] = ofPair;
    if (first === undefined) return [];
    const { edge, gate } = first;
    const forAllPorts = proposeUndoing(explainer, [flowOf(edge), ...others.map((other) => flowOf(other.edge))], before);
    // If no one change restores all ports, at least the first.
    const { change: proposed, noChange } =
      forAllPorts === undefined ? changeOrWhy(explainer, flowOf(edge)) : { change: forAllPorts };
    const undone = forAllPorts === undefined ? [first] : ofPair;
    const written = proposed && writeChange(proposed, after);
    return [
      {
        gate: describeGate(gate),
        edge,
        ports: undone.map((one) => shownPort(one.edge)),
        ...(noChange !== undefined && { noChange }),
        ...(proposed && written && { change: { ...proposed, patch: patchOf(written), byHand: written.byHand } }),
      },
    ];
  });
  const total = [...pairs.values()].reduce((sum, { size }) => sum + size, 0);
  const shown = fixes.reduce((sum, { ports }) => sum + ports.length, 0);
  return fixes.map((fix) => ({ ...fix, more: total - shown }));
}

interface Asked {
  gate: Gate;
  edge: EdgeChange;
}

const pairOf = ({ from, to, after }: EdgeChange): string => JSON.stringify([from, to, after?.allowed === true]);

const shownPort = ({ proto, port, standsFor }: EdgeChange): ShownPort => ({
  ...{ proto, port },
  ...(standsFor !== undefined && { standsFor }),
});

const flowOf = (edge: EdgeChange): Flow => ({ from: edge.from, to: edge.to, ...shownPort(edge) });

/** If an edge is open before and after, only some of its requests changed: closing it would not undo that. */
function canBeUndone({ before, after }: Change): boolean {
  return after !== undefined && before?.allowed !== after.allowed;
}
