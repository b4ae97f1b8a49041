import type { Flow } from "../../scenario/scenario";
import { type Change, diffReachability, type ReachabilityDiff, type Side } from "../diff";

/** What a change does to all else that its two ends say to each other. */
export interface Besides {
  opens: Change[];
  closes: Change[];
}

const keyOf = ({ proto, port, standsFor }: Pick<Change, "proto" | "port" | "standsFor">) =>
  JSON.stringify([proto, port, standsFor]);

/**
 * What became otherwise between two ends since a state before, and is to be as it was. Every class of ports is held against that state, so that nothing
 * of what a row stands for is left, and nothing that was so before is taken along in silence.
 */
export class Undoing {
  private readonly ends: { from: ReadonlySet<string>; to: ReadonlySet<string> };
  private readonly given: ReachabilityDiff;
  /** Rows that became otherwise as well, and are to stay. */
  private readonly kept: ReadonlyMap<string, Change>;

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
    this.kept = new Map(
      this.given[list].filter((row) => !wanted.has(keyOf(row))).map((row) => [keyOf(row), row] as const),
    );
  }

  /** Undefined: not all of it is undone. */
  besides(after: Side): Besides | undefined {
    const diff = diffReachability(this.before, after, this.ends);
    const left = new Set(diff[this.list].map(keyOf));
    const isKnown = (list: "opened" | "closed" | "unclear") => {
      const known = new Set(this.given[list].map(keyOf));
      return (row: Change) => known.has(keyOf(row));
    };
    if (diff[this.list].some((row) => !this.kept.has(keyOf(row)))) return undefined;
    const unclear = diff.unclear.filter((row) => !isKnown("unclear")(row));
    if (unclear.length > 0) return undefined;
    const other = this.list === "opened" ? "closed" : "opened";
    const more = diff[other].filter((row) => !isKnown(other)(row));
    const taken = [...this.kept].flatMap(([key, row]) => (left.has(key) ? [] : [turned(row)]));
    return this.list === "opened"
      ? { opens: [], closes: [...more, ...taken] }
      : { opens: [...more, ...taken], closes: [] };
  }
}

/** A row the other way round: what it became is what it is no longer. */
function turned({ before, after, ...row }: Change): Change {
  return { ...row, ...(after && { before: after }), ...(before && { after: before }) };
}
