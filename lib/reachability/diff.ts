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

/** The ends of the edges to compare. Absent: any end. */
export interface Among {
  from?: ReadonlySet<string>;
  to?: ReadonlySet<string>;
}

/** Edges to one port of one endpoint that change in the same way. */
export interface Change extends Omit<EdgeChange, "from"> {
  /** The sources, in order. `before` and `after` are the verdicts of the first; the others differ only in `from`. */
  from: readonly string[];
}

/** An edge before and after. The verdict of a side that lacks one of the ends is absent. */
export interface EdgeChange {
  /** `id` of the endpoint that connects. */
  from: string;
  /** `id` of the endpoint that is connected to. */
  to: string;
  /** TCP, UDP, SCTP, ICMP or ICMPv6. */
  proto: string;
  /** The port that the application connects to; for ICMP the type. */
  port: number;
  /** The ports that `port` stands for, if none of them is known to be in use. */
  standsFor?: StandsFor;
  /** The verdict before. */
  before?: Verdict;
  /** The verdict after. */
  after?: Verdict;
  /** For an unclear edge: whether it may open, close, or do either. */
  may?: May;
}

/** The changes between two states. */
export interface ReachabilityDiff {
  /** Edges that did not exist or were denied, and are now allowed. */
  opened: Change[];
  /** Edges that were allowed, and are now denied or gone. */
  closed: Change[];
  /** Edges that change and are unknown before or after, so that they `may` open or close. */
  unclear: Change[];
  /** Edges that are allowed before and after, but differ on the wire: another port, mTLS gained or lost, Cilium's proxy in between. */
  changed: Change[];
  /** Edges that are allowed before and after, but by other policies. */
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
    /** Refused only after. */
    appeared: RefusedPolicy[];
    /** Refused only before. */
    gone: RefusedPolicy[];
  };
  /** Endpoints that exist on one side only. */
  endpoints: {
    /** Only after. */
    added: EndpointFacts[];
    /** Only before. */
    removed: EndpointFacts[];
  };
}

/**
 * Compares two states. Each flow of either side is decided on both, so a port that is merely declared anew does not count as opened. So that nothing
 * opens unnoticed, ports that no endpoint declares are compared too, one for each class that the rules distinguish; of these, only changes are reported.
 *
 * Swapping the sides swaps `opened` and `closed`, and reverses each `may`.
 *
 * @param among The edges to compare. Default: all.
 */
export function diffReachability(before: Side, after: Side, among: Among = {}): ReachabilityDiff {
  const [idsBefore, idsAfter] = [idsOf(before.scenario), idsOf(after.scenario)];
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
      added: after.scenario.endpoints.filter(({ id }) => !idsBefore.has(id)),
      removed: before.scenario.endpoints.filter(({ id }) => !idsAfter.has(id)),
    },
  };
  const ids = idsOfBoth(before, after);
  const isAsked = among.from === undefined ? undefined : Uint8Array.from(ids, (id) => Number(among.from?.has(id)));
  // Classifying all sources does not pay off for a few of them.
  const answersOf = among.from === undefined ? answersByClass : answersBySource;
  const [answersBefore, answersAfter] = [answersOf(before, ids), answersOf(after, ids)];
  for (const { to, sources, isExample, ...asked } of targetsOfBoth(before, after, ids, among)) {
    const [portBefore, portAfter] = [answersBefore(to, asked), answersAfter(to, asked)];
    const groups = new Map<number, { outcome: Outcome; from: string[] | undefined }>();
    for (const source of sources) {
      if (isAsked?.[source] === 0) continue;
      const [kindBefore, kindAfter] = [portBefore.kindOf(source), portAfter.kindOf(source)];
      const flow = (): Flow => ({ from: ids[source] ?? "", to, ...asked });
      // Sources that share a verdict on both sides share the change. A scenario has fewer than 2^20 endpoints.
      const group = getOrMake(groups, kindBefore * 0x100000 + kindAfter, () => ({
        outcome: outcomeOf(portBefore.verdict(kindBefore, flow()), portAfter.verdict(kindAfter, flow()), (end) =>
          end === "linkerd"
            ? undecidedAs(before) !== undecidedAs(after)
            : before.reachability.atEnd(end, flow()) !== after.reachability.atEnd(end, flow()),
        ),
        from: undefined,
      }));
      const { outcome } = group;
      if (outcome === "nothing" || (isExample && !isReportedForExamples(outcome))) continue;
      if ("still" in outcome) diff.unchanged[outcome.still]++;
      else if (group.from !== undefined) group.from.push(ids[source] ?? "");
      else {
        group.from = [ids[source] ?? ""];
        const change = changeOf(
          flow(),
          group.from,
          portBefore.verdict(kindBefore, flow()),
          portAfter.verdict(kindAfter, flow()),
        );
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

/** The unclear changes that may open, or may close. */
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

/** Whether to report an outcome on a port that nobody declares. */
const isReportedForExamples = (outcome: Outcome) =>
  typeof outcome === "object" && "list" in outcome && outcome.list !== "redecided";

/** The class of a source that a side lacks. */
const ABSENT = -1;

/** The answers of one side about a port of an endpoint. */
interface PortAnswers {
  /** The class of a source, by its index among the sources of both sides. Sources of one class share a verdict. */
  kindOf(source: number): number;
  verdict(kind: number, flow: Flow): Verdict | undefined;
}

const NO_ANSWERS: PortAnswers = { kindOf: () => ABSENT, verdict: () => undefined };

function answersByClass(
  { scenario, reachability }: Side,
  ids: readonly string[],
): (to: string, port: PortOfFlow) => PortAnswers {
  const places = new Map(scenario.endpoints.map(({ id }, place) => [id, place]));
  const placeOf = Int32Array.from(ids, (id) => places.get(id) ?? ABSENT);
  return (to, port) => {
    if (!places.has(to)) return NO_ANSWERS;
    const sources = reachability.sourceClasses(to, port);
    return {
      kindOf: (source) => sources.kindOf[placeOf[source] ?? ABSENT] ?? ABSENT,
      verdict: (kind, flow) => (kind === ABSENT ? undefined : sources.verdict(kind, flow)),
    };
  };
}

/** The same with a class for each source. */
function answersBySource({ scenario, reachability }: Side, ids: readonly string[]): (to: string) => PortAnswers {
  const known = idsOf(scenario);
  return (to) => {
    if (!known.has(to)) return NO_ANSWERS;
    return {
      kindOf: (source) => (known.has(ids[source] ?? "") ? source : ABSENT),
      verdict: (kind, flow) => (kind === ABSENT ? undefined : reachability.verdict({ ...flow, from: ids[kind] ?? "" })),
    };
  };
}

const undecidedAs = ({ scenario }: Side) => scenario.mesh?.authorization?.undecidedAs;

const idsOf = ({ endpoints }: Scenario) => new Set(endpoints.map(({ id }) => id));

/** The `id`s of all endpoints, and of the sources of all flows, of both sides, sorted. */
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

/** A port of an endpoint, and the sources whose flows to it are compared. */
interface Target extends PortOfFlow {
  to: string;
  standsFor?: StandsFor;
  /** Whether it stands for ports that nobody declares. */
  isExample: boolean;
  /** Their indices among the sources of both sides. */
  sources: Iterable<number>;
}

/** Ordered by target, then port, then source, so that the changes of one workload stand together. */
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
    if (!isAsked(to) || ends.get(to)?.some(({ forwardedTo }) => forwardedTo !== undefined) === true) continue;
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
