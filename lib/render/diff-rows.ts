import type { Problem } from "../manifests/problem";
import type { Change, ReachabilityDiff } from "../reachability/diff";
import type { EndpointFacts } from "../reachability/scenario";
import type { Verdict } from "../reachability/verdict";
import type { Notice } from "./notices";
import type { RefusedNote } from "./report";
import { decidedBy, mark, meshWords, plural, type ShownPort, stateOf } from "./words";

/** Everything that the renderers of `diff` show. */
export interface DiffReport {
  /** How the sides are called: `main`, `manifests/`. */
  names: { before: string; after: string };
  diff: ReachabilityDiff;
  /** Every endpoint of either side. */
  endpoints: readonly EndpointFacts[];
  /** The whole matrix afterwards; can be read more than once. */
  after: Iterable<Verdict>;
  /** Policies that Cilium refuses after the change and did not before. */
  refused: readonly RefusedNote[];
  /** Findings of lint that the change brings, in words. */
  warnings: readonly string[];
  problems: readonly Problem[];
  /** What else the answer may leave out. */
  notices?: readonly Notice[];
}

export type ChangeKind = "opened" | "closed" | "changed";

/** Edges that changed alike: same target, same before and after, same reasons. */
export interface ChangeRow {
  kind: ChangeKind;
  from: string[];
  to: string;
  ports: ShownPort[];
  before: string;
  after: string;
  decidedBy: string;
  mesh: string;
}

export function rowsOf(kind: ChangeKind, { diff, endpoints }: Pick<DiffReport, "diff" | "endpoints">): ChangeRow[] {
  const meshed = new Set(endpoints.flatMap(({ id, mesh }) => (mesh?.injected ? [id] : [])));
  const byPair = new Map<string, ChangeRow>();
  for (const change of diff[kind]) {
    // Plain text is worth a word only where mTLS could have been expected.
    const words = wordsOf(kind, change, meshed.has(change.to));
    const row: ChangeRow = { kind, from: [change.from], to: change.to, ports: [], ...words };
    const key = JSON.stringify(row);
    const known = byPair.get(key) ?? row;
    const { proto, port, standsFor } = change;
    known.ports.push({ proto, port, ...(standsFor !== undefined && { standsFor }) });
    byPair.set(key, known);
  }
  const bySources = new Map<string, ChangeRow>();
  for (const row of byPair.values()) {
    const key = JSON.stringify({ ...row, from: undefined });
    const known = bySources.get(key);
    if (known === undefined) bySources.set(key, row);
    else known.from.push(...row.from);
  }
  return [...bySources.values()];
}

function wordsOf(
  kind: ChangeKind,
  { before, after }: Change,
  meshed: boolean,
): Pick<ChangeRow, "before" | "after" | "decidedBy" | "mesh"> {
  const verdict = after ?? before;
  const mesh = (side: Verdict | undefined) =>
    side !== undefined && (meshed || side.wire?.mtls) ? meshWords(side) : "";
  const moved = kind === "changed" && mesh(before) !== mesh(after);
  const through = (side: Verdict | undefined) =>
    kind === "changed" && side?.l7 === true ? " through Cilium's proxy" : "";
  return {
    before: sideWord(before) + through(before),
    after: sideWord(after) + through(after),
    decidedBy: verdict === undefined ? "" : (closedByAbsence(before, after) ?? decidedBy(verdict)),
    mesh: moved ? `${mesh(before) || "no mesh"} → ${mesh(after) || "no mesh"}` : mesh(after ?? before),
  };
}

function closedByAbsence(before: Verdict | undefined, after: Verdict | undefined): string | undefined {
  return before !== undefined && after === undefined ? "one of them is gone" : undefined;
}

function sideWord(verdict: Verdict | undefined): string {
  return verdict === undefined ? "absent" : `${mark[stateOf(verdict)]} ${stateOf(verdict)}`;
}

/** `2 opened, 1 closed, 41 unchanged. Cilium refuses 1 policy.` */
export function diffHeadline({ diff, refused, problems }: DiffReport): string {
  const { opened, closed, changed, redecided, unchanged } = diff;
  const same = unchanged.allowed + unchanged.denied + unchanged.unknown + redecided.length;
  const parts = [
    `${opened.length.toLocaleString("en-US")} opened`,
    `${closed.length.toLocaleString("en-US")} closed`,
    ...(changed.length > 0 ? [`${changed.length.toLocaleString("en-US")} changed`] : []),
    `${same.toLocaleString("en-US")} unchanged`,
  ];
  const more = [
    ...(refused.length > 0 ? [`Cilium will refuse ${plural(refused.length, "policy", "policies")}.`] : []),
    ...(problems.length > 0 ? [`${plural(problems.length, "problem")} in the input.`] : []),
  ];
  return [`${parts.join(", ")}.`, ...more].join(" ");
}

export const changeGlyph: Record<ChangeKind, string> = { opened: "+", closed: "−", changed: "~" };
