import { endpointKind, isWorld } from "../../cilium/policy/identity";
import { append, getOrMake } from "../../common/maps";
import type { Problem } from "../../common/problem";
import { compareText } from "../../common/text";
import { type Change, countEdges, type EdgeChange, edgesOf, type ReachabilityDiff } from "../../reachability/diff";
import type { ChangeReason } from "../../reachability/explain/change-reasons";
import type { ReasonRule } from "../../reachability/explain/reason-rules";
import { stateOf, type Verdict } from "../../reachability/verdict";
import { exemptWords, mark, meshWords, plural, type ShownPort } from "../../reachability/words";
import type { EndpointFacts } from "../../scenario/scenario";
import type { Replay } from "../../traffic/replay/report";
import { firstWords, type Limits } from "../notices";
import type { RefusedNote } from "../reach/reach-report";
import { withoutFolded } from "../reach/representatives";
import type { GateFix } from "./gate-fix";

/** Everything that the renderers of `diff` show. */
export interface DiffReport extends Limits {
  /** Names of the two sides: `main`, `manifests/`. */
  names: { before: string; after: string };
  diff: ReachabilityDiff;
  /** Why an edge changed: the rules that cause it, with file and line. */
  why: (edge: EdgeChange) => readonly ChangeReason[];
  /** Every endpoint of either side. */
  endpoints: readonly EndpointFacts[];
  /** The whole matrix afterwards; can be read more than once. */
  after: Iterable<Verdict>;
  /** Policies that Cilium refuses after the change and did not before. */
  refused: readonly RefusedNote[];
  /** Lint findings that the change introduces, in words. */
  warnings: readonly string[];
  problems: readonly Problem[];
  /** For gates that fail: changes that would undo what they found. Default: none. */
  fixes?: readonly GateFix[];
  /** What the change would have done to recorded traffic. Absent: there is none. */
  traffic?: Replay;
}

/** The lists of changes that are shown edge by edge, in this order. */
export const CHANGE_KINDS = [
  "opened",
  "unclear",
  "closed",
  "changed",
] as const satisfies readonly (keyof ReachabilityDiff)[];
export type ChangeKind = (typeof CHANGE_KINDS)[number];

/** Edges that changed in the same way: same target, same before and after, same reasons. */
export interface ChangeRow {
  kind: ChangeKind;
  /** Sources, those outside the cluster's pods first, so that the world is not lost among workloads. */
  from: string[];
  to: string;
  ports: ShownPort[];
  before: string;
  after: string;
  /** The rules that cause the change, with file and line: one line for each end or layer that now decides differently. */
  why: readonly string[];
  /** The rules and objects that these lines name. */
  rules: readonly ReasonRule[];
  mesh: string;
}

/** Rows of changes. Those with the world come first, because rows that do not fit are cut from the end. */
export function rowsOf(
  kind: ChangeKind,
  { diff, endpoints, why }: Pick<DiffReport, "diff" | "endpoints" | "why">,
): ChangeRow[] {
  const meshed = new Set(endpoints.flatMap(({ id, mesh }) => (mesh?.injected ? [id] : [])));
  const pods = new Set(endpoints.flatMap((endpoint) => (endpointKind(endpoint) === "pod" ? [endpoint.id] : [])));
  const outsideFirst = (a: string, b: string) => Number(pods.has(a)) - Number(pods.has(b)) || compareText(a, b);
  const known = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]));
  const byTarget = new Map<string, { to: string; words: ChangeWords; changes: Change[] }>();
  for (const change of diff[kind].flatMap((one) => byReason(one, why))) {
    const { to } = change;
    // Mention plain text only if mTLS could be expected.
    const words = wordsOf(kind, change, meshed.has(to));
    getOrMake(byTarget, JSON.stringify([to, words]), () => ({ to, words, changes: [] })).changes.push(change);
  }
  const rows = [...byTarget.values()].flatMap(({ to, words, changes }) =>
    byPorts(changes).map(({ from, ports }) => ({
      kind,
      from: withoutFolded(from, known).sort(outsideFirst),
      to,
      ports,
      ...words,
    })),
  );
  const world = new Set(endpoints.filter(isWorld).map(({ id }) => id));
  const concerned = (row: ChangeRow) => world.has(row.to) || row.from.some((id) => world.has(id));
  return [...rows.filter(concerned), ...rows.filter((row) => !concerned(row))];
}

/** Groups the sources of changes by the ports that they have in common. */
function byPorts(changes: readonly Change[]): Pick<ChangeRow, "from" | "ports">[] {
  const ports: ShownPort[] = [];
  const places = new Map<string, number>();
  const placesOf = new Map<string, string>();
  for (const { from, proto, port, standsFor } of changes) {
    const place = getOrMake(
      places,
      `${proto} ${port}`,
      () => ports.push({ proto, port, ...(standsFor !== undefined && { standsFor }) }) - 1,
    );
    for (const id of from) placesOf.set(id, `${placesOf.get(id) ?? ""}${place} `);
  }
  const groups = new Map<string, string[]>();
  for (const [id, own] of placesOf) append(groups, own, id);
  return [...groups].map(([own, from]) => ({
    from,
    ports: own
      .trimEnd()
      .split(" ")
      .flatMap((place) => ports[Number(place)] ?? []),
  }));
}

type ChangeWords = Pick<ChangeRow, "before" | "after" | "why" | "rules" | "mesh">;

/** Splits a change by its reasons: different rules of the same policies may decide about its sources. */
function byReason(change: Change, why: DiffReport["why"]): (Change & Pick<ChangeRow, "why" | "rules">)[] {
  const groups = new Map<string, Pick<ChangeRow, "why" | "rules"> & { from: string[] }>();
  for (const edge of edgesOf([change])) {
    const reasons = why(edge);
    const lines = reasons.map(({ layer, words }) => `${layer}: ${words}`);
    const rules = reasons.flatMap((reason) => reason.rules);
    getOrMake(groups, lines.join("\n"), () => ({ why: lines, rules, from: [] })).from.push(edge.from);
  }
  return [...groups.values()].map((group) => ({ ...change, ...group }));
}

function wordsOf(
  kind: ChangeKind,
  { before, after, why, rules }: Change & Pick<ChangeRow, "why" | "rules">,
  meshed: boolean,
): ChangeWords {
  const mesh = (side: Verdict | undefined) =>
    side !== undefined && (meshed || side.wire?.mtls) ? meshWords(side) : "";
  const moved = kind === "changed" && mesh(before) !== mesh(after);
  // For an edge that both sides allow, mention what differs.
  const through = (side: Verdict | undefined) =>
    before?.allowed === true && after?.allowed === true && side?.l7 === true ? " through Cilium's proxy" : "";
  const [was, is] = [sideWord(before) + through(before), sideWord(after) + through(after)];
  const isDenied = before?.linkerd?.verdict === "denied";
  const amount =
    was !== is || isDenied
      ? undefined
      : ({ opened: "more", closed: "fewer" } as Partial<Record<ChangeKind, string>>)[kind];
  return {
    before: was,
    after: amount === undefined ? is : `${is.split(" ", 1)[0]} ${amount} requests`,
    why,
    rules,
    mesh: moved ? `${mesh(before) || "no mesh"} → ${mesh(after) || "no mesh"}` : mesh(after ?? before),
  };
}

function sideWord(verdict: Verdict | undefined): string {
  if (verdict === undefined) return "absent";
  const state = stateOf(verdict);
  const exempt = state === "denied" ? exemptWords(verdict) : "";
  return `${mark[state]} ${state}${exempt === "" ? "" : ` except ${exempt}`}`;
}

/** `2 opened, 1 closed, 41 unchanged. Cilium will refuse 1 policy.` */
export function diffHeadline(report: DiffReport): string {
  const { diff, refused, problems } = report;
  const { unchanged } = diff;
  const same = unchanged.allowed + unchanged.denied + unchanged.unknown + countEdges(diff.redecided);
  const [opened, closed, unclear, changed] = [diff.opened, diff.closed, diff.unclear, diff.changed].map(countEdges);
  const parts = [
    `${count(opened)} opened`,
    `${count(closed)} closed`,
    ...(unclear === 0 ? [] : [`${count(unclear)} unclear`]),
    ...(changed === 0 ? [] : [`${count(changed)} changed`]),
    `${count(same)} unchanged`,
  ];
  const more = [
    ...(refused.length > 0 ? [`Cilium will refuse ${plural(refused.length, "policy", "policies")}.`] : []),
    ...(problems.length > 0 ? [`${plural(problems.length, "problem")} in the input.`] : []),
  ];
  return [`${parts.join(", ")}${firstWords(report)}.`, ...more].join(" ");
}

const count = (edges = 0) => edges.toLocaleString("en-US");

export const changeGlyph: Record<ChangeKind, string> = { opened: "+", closed: "−", unclear: "?", changed: "~" };
