import type { Flow } from "../../scenario/scenario";
import { type Change, diffReachability, type ReachabilityDiff, type Side } from "../diff";

/** What else a change opens and closes between its two ends. */
export interface SideEffects {
  opens: Change[];
  closes: Change[];
}

const keyOf = ({ proto, port, standsFor }: Pick<Change, "proto" | "port" | "standsFor">) =>
  JSON.stringify([proto, port, standsFor]);

/**
 * Checks whether a change undoes what opened or closed between two ends since an earlier state. It compares every class of ports with that state, so that
 * an undoing is complete, and whatever else it changes is reported.
 */
export class Undoing {
  private readonly ends: { from: ReadonlySet<string>; to: ReadonlySet<string> };
  private readonly given: ReachabilityDiff;
  /** The other rows of the list, which are not to be undone. */
  private readonly others: ReadonlyMap<string, Change>;

  constructor(
    private readonly before: Side,
    now: Side,
    flows: readonly Flow[],
    /** The list of the difference that the flows are in. */
    private readonly list: "opened" | "closed",
  ) {
    const [first] = flows;
    this.ends = { from: new Set(first && [first.from]), to: new Set(first && [first.to]) };
    this.given = diffReachability(before, now, this.ends);
    const wanted = new Set(flows.map(keyOf));
    this.others = new Map(
      this.given[list].filter((row) => !wanted.has(keyOf(row))).map((row) => [keyOf(row), row] as const),
    );
  }

  /** The side effects of a change that leads to the state `after`. Undefined if it does not undo all flows. */
  sideEffects(after: Side): SideEffects | undefined {
    const diff = diffReachability(this.before, after, this.ends);
    const left = new Set(diff[this.list].map(keyOf));
    const isKnown = (list: "opened" | "closed" | "unclear") => {
      const known = new Set(this.given[list].map(keyOf));
      return (row: Change) => known.has(keyOf(row));
    };
    if (diff[this.list].some((row) => !this.others.has(keyOf(row)))) return undefined;
    const unclear = diff.unclear.filter((row) => !isKnown("unclear")(row));
    if (unclear.length > 0) return undefined;
    const other = this.list === "opened" ? "closed" : "opened";
    const more = diff[other].filter((row) => !isKnown(other)(row));
    const undoneToo = [...this.others].flatMap(([key, row]) => (left.has(key) ? [] : [reversed(row)]));
    return this.list === "opened"
      ? { opens: [], closes: [...more, ...undoneToo] }
      : { opens: [...more, ...undoneToo], closes: [] };
  }
}

/** The row with `before` and `after` exchanged. */
function reversed({ before, after, ...row }: Change): Change {
  return { ...row, ...(after && { before: after }), ...(before && { after: before }) };
}
