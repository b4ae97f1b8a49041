import { append, getOrMake } from "../common/maps";
import { flowPort, isClient } from "../scenario/flows";
import type { StandsFor } from "../scenario/port-group";
import type { EndpointFacts, Flow, Scenario } from "../scenario/scenario";
import { type May, type Outcome, outcomeOf } from "./outcome";
import { type Example, PortClasses } from "./port-classes";
import type { PortOfFlow, Reachability, RefusedPolicy, Verdict } from "./verdict";

/** One of the two states that are compared. */
export interface Side {
  scenario: Scenario;
  reachability: Pick<Reachability, "refused" | "sourceClasses" | "portClasses" | "verdict" | "atEnd" | "portClassesAt">;
}

/** The edges that are compared, by their ends. Default: any end. */
export interface Among {
  from?: ReadonlySet<string>;
  to?: ReadonlySet<string>;
}

/** Edges to one port of one endpoint that change in the same way. */
export interface Change extends Omit<EdgeChange, "from"> {
  /** The sources, in order. `before` and `after` are the first one's; the others' differ only in `from`. */
  from: readonly string[];
}

/** An edge before and after. A side that lacks one of the ends is absent. */
export interface EdgeChange {
  /** `id` of the endpoint that connects. */
  from: string;
  /** `id` of the endpoint that is connected to. */
  to: string;
  /** TCP, UDP, SCTP, ICMP or ICMPv6. */
  proto: string;
  /** The port that the application connects to; for ICMP the type. */
  port: number;
  /** The ports that `port` stands for, where none of them is known to be in use. */
  standsFor?: StandsFor;
  /** The verdict before. */
  before?: Verdict;
  /** The verdict after. */
  after?: Verdict;
  /** Of an edge that is unclear: which way it may go. */
  may?: May;
}

/** The changes between two states. */
export interface ReachabilityDiff {
  /** Edges that did not exist or were denied, and are now allowed. */
  opened: Change[];
  /** Edges that were allowed, and are now denied, or gone. */
  closed: Change[];
  /** Edges that change and are unknown before or after, so that nobody can tell whether they open or close: each `may` do so. */
  unclear: Change[];
  /** Edges that are allowed before and after, and differ on the wire: another port, mTLS gained or lost, Cilium's proxy in between. */
  changed: Change[];
  /** Edges that are allowed before and after, by other policies. */
  redecided: Change[];
  /** How many edges did not change. */
  unchanged: {
    /** Allowed before and after. */
    allowed: number;
    /** Denied before and after. */
    denied: number;
    /** Unknown before and after. */
    unknown: number;
  };
  /** Policies that Cilium refuses on one side only. */
  refused: {
    /** Afterwards only. */
    appeared: RefusedPolicy[];
    /** Before only. */
    gone: RefusedPolicy[];
  };
  /** Endpoints that exist on one side only. */
  endpoints: {
    /** Afterwards only. */
    added: EndpointFacts[];
    /** Before only. */
    removed: EndpointFacts[];
  };
}

/**
 * Compares two states. Each flow of either side is decided on both, so that a port which is only declared does not count as opened. Ports that
 * no endpoint declares are compared too, one for each class of ports that the rules distinguish, so that nothing opens unnoticed; of those, only
 * changes are reported.
 *
 * Swapping the sides swaps `opened` and `closed`, and which way what is unclear may go.
 *
 * @param among The edges to compare. Default: all.
 */
export function diffReachability(before: Side, after: Side, among: Among = {}): ReachabilityDiff {
  const [had, has] = [idsOf(before.scenario), idsOf(after.scenario)];
  const diff: ReachabilityDiff = {
    opened: [],
    closed: [],
    unclear: [],
    changed: [],
    redecided: [],
    unchanged: { allowed: 0, denied: 0, unknown: 0 },
    refused: {
      appeared: missingFrom(before.reachability.refused, after.reachability.refused),
      gone: missingFrom(after.reachability.refused, before.reachability.refused),
    },
    endpoints: {
      added: after.scenario.endpoints.filter(({ id }) => !had.has(id)),
      removed: before.scenario.endpoints.filter(({ id }) => !has.has(id)),
    },
  };
  const ids = idsOfBoth(before, after);
  // Of few sources each is asked on its own: what all are answered alike would have to be found out first.
  const isAsked = among.from === undefined ? undefined : Uint8Array.from(ids, (id) => Number(among.from?.has(id)));
  const one = among.from === undefined ? sideOf : eachOf;
  const [wasAt, isAt] = [one(before, ids), one(after, ids)];
  for (const { to, sources, isExample, ...asked } of targetsOfBoth(before, after, ids, among)) {
    const [was, is] = [wasAt(to, asked), isAt(to, asked)];
    const groups = new Map<number, { outcome: Outcome; from: string[] | undefined }>();
    for (const source of sources) {
      if (isAsked?.[source] === 0) continue;
      const [wasKind, isKind] = [was.kindOf(source), is.kindOf(source)];
      const flow = (): Flow => ({ from: ids[source] ?? "", to, ...asked });
      // Sources that are alike on both sides change alike. A scenario has fewer than 2^20 endpoints.
      const group = getOrMake(groups, wasKind * 0x100000 + isKind, () => ({
        outcome: outcomeOf(was.verdict(wasKind, flow()), is.verdict(isKind, flow()), (end) =>
          end === "linkerd"
            ? undecidedAs(before) !== undecidedAs(after)
            : before.reachability.atEnd(end, flow()) !== after.reachability.atEnd(end, flow()),
        ),
        from: undefined,
      }));
      const { outcome } = group;
      if (outcome === "nothing" || (isExample && !isTold(outcome))) continue;
      if ("still" in outcome) diff.unchanged[outcome.still]++;
      else if (group.from !== undefined) group.from.push(ids[source] ?? "");
      else {
        group.from = [ids[source] ?? ""];
        const change = changeOf(flow(), group.from, was.verdict(wasKind, flow()), is.verdict(isKind, flow()));
        diff[outcome.list].push(outcome.list === "unclear" ? { ...change, may: outcome.may } : change);
      }
    }
  }
  return diff;
}

/** The edges of changes, one by one. */
export function* edgesOf(changes: Iterable<Change>): Generator<EdgeChange> {
  for (const { from: sources, before, after, ...change } of changes)
    for (const from of sources)
      yield {
        from,
        ...change,
        ...(before !== undefined && { before: { ...before, from } }),
        ...(after !== undefined && { after: { ...after, from } }),
      };
}

/** Of changes that are unclear, those that may open, or may close. */
export function mayBe(way: Exclude<May, "either">, unclear: readonly Change[]): Change[] {
  return unclear.filter(({ may }) => may === way || may === "either");
}

/** The number of edges in changes. */
export function countEdges(changes: readonly Change[]): number {
  return changes.reduce((sum, { from }) => sum + from.length, 0);
}

function changeOf(
  { from: _, ...flow }: Flow,
  from: readonly string[],
  before: Verdict | undefined,
  after: Verdict | undefined,
): Change {
  const change: Change = { from, ...flow };
  if (before !== undefined) change.before = before;
  if (after !== undefined) change.after = after;
  return change;
}

/** What is worth telling of ports that nobody asks about. */
const isTold = (outcome: Outcome) => typeof outcome === "object" && "list" in outcome && outcome.list !== "redecided";

/** The kind of a source, or of a target's sources, that a side does not have. */
const ABSENT = -1;

/** What one side says of a port of an endpoint. */
interface Said {
  /** For each source, by its place among those of both sides, a number: the same for those that are answered alike. */
  kindOf(source: number): number;
  verdict(kind: number, flow: Flow): Verdict | undefined;
}

const nothingSaid: Said = { kindOf: () => ABSENT, verdict: () => undefined };

function sideOf({ scenario, reachability }: Side, ids: readonly string[]): (to: string, port: PortOfFlow) => Said {
  const places = new Map(scenario.endpoints.map(({ id }, place) => [id, place]));
  const placeOf = Int32Array.from(ids, (id) => places.get(id) ?? ABSENT);
  return (to, port) => {
    if (!places.has(to)) return nothingSaid;
    const sources = reachability.sourceClasses(to, port);
    return {
      kindOf: (source) => sources.kindOf[placeOf[source] ?? ABSENT] ?? ABSENT,
      verdict: (kind, flow) => (kind === ABSENT ? undefined : sources.verdict(kind, flow)),
    };
  };
}

/** The same, each source of a kind of its own. */
function eachOf({ scenario, reachability }: Side, ids: readonly string[]): (to: string) => Said {
  const known = idsOf(scenario);
  return (to) => {
    if (!known.has(to)) return nothingSaid;
    return {
      kindOf: (source) => (known.has(ids[source] ?? "") ? source : ABSENT),
      verdict: (kind, flow) => (kind === ABSENT ? undefined : reachability.verdict({ ...flow, from: ids[kind] ?? "" })),
    };
  };
}

const undecidedAs = ({ scenario }: Side) => scenario.mesh?.authorization?.undecidedAs;

const idsOf = ({ endpoints }: Scenario) => new Set(endpoints.map(({ id }) => id));

/** All who are there, or are asked about, before or after, in order. */
function idsOfBoth(before: Side, after: Side): string[] {
  const ids = [before, after].flatMap(({ scenario: { endpoints, flows = [] } }) => [
    ...endpoints.map(({ id }) => id),
    ...flows.map(({ from }) => from),
  ]);
  return [...new Set(ids)].sort();
}

const refusedKey = ({ kind, namespace, name }: RefusedPolicy) => `${kind}/${namespace ?? ""}/${name}`;

function missingFrom(known: readonly RefusedPolicy[], candidates: readonly RefusedPolicy[]): RefusedPolicy[] {
  const keys = new Set(known.map(refusedKey));
  return candidates.filter((policy) => !keys.has(refusedKey(policy)));
}

/** A port of an endpoint, and whose flows to it are asked about. */
interface Target extends PortOfFlow {
  to: string;
  standsFor?: StandsFor;
  /** Nobody asks about it: it is there for what is known of no port. */
  isExample: boolean;
  /** By their places among those of both sides. */
  sources: Iterable<number>;
}

/** Ordered by target, then port, then source: what happens to one workload stands together. */
function* targetsOfBoth(before: Side, after: Side, ids: readonly string[], among: Among): Generator<Target> {
  const isAsked = (to: string) => among.to?.has(to) ?? true;
  const flows = [before, after].flatMap(({ scenario }) => scenario.flows ?? []);
  if (flows.length > 0) {
    const distinct = new Map(flows.map((flow) => [`${flow.to}\0${flow.proto}\0${flow.port}\0${flow.from}`, flow]));
    const sorted = [...distinct].sort(([a], [b]) => (a < b ? -1 : 1));
    const places = new Map(ids.map((id, place) => [id, place]));
    for (const [, { from, to, ...asked }] of sorted)
      if (isAsked(to)) yield { to, ...asked, isExample: false, sources: [places.get(from) ?? ABSENT] };
    return;
  }
  const ends = new Map<string, EndpointFacts[]>();
  for (const endpoint of [before, after].flatMap(({ scenario }) => scenario.endpoints))
    append(ends, endpoint.id, endpoint);
  const places = [...ids.entries()]
    .filter(([, id]) => (among.from?.has(id) ?? true) && ends.get(id)?.some(isClient) !== false)
    .map(([place]) => place);
  for (const [place, to] of ids.entries()) {
    if (!isAsked(to) || ends.get(to)?.some(({ led }) => led !== undefined) === true) continue;
    const ports = new Map<string, Example>();
    const facts = ends.get(to) ?? [];
    for (const port of facts.flatMap((endpoint) => endpoint.ports ?? [])) {
      const asked = flowPort(port);
      ports.set(`${asked.proto}/${asked.port}`, asked);
    }
    const known = [...ports.values()].sort((a, b) =>
      a.proto < b.proto ? -1 : a.proto > b.proto ? 1 : a.port - b.port,
    );
    const mesh = facts.map((endpoint) => endpoint.mesh).find((proxy) => proxy?.injected);
    const examples = new PortClasses()
      .addAll([before, after].map(({ reachability }) => reachability.portClasses(to, among.from)))
      .examples(known, mesh);
    const several = facts.some((endpoint) => endpoint.several === true);
    const sources = several ? places : places.filter((other) => other !== place);
    for (const port of known) yield { to, ...port, isExample: false, sources };
    for (const { isRest: _, ...port } of examples) yield { to, ...port, isExample: true, sources };
  }
}
