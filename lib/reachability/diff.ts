import type { EndpointFacts, Flow, Scenario } from "./scenario";
import type { Reachability, RefusedPolicy, Verdict } from "./verdict";

/** One of the two states that are compared: what can be asked, and about whom. */
export interface Side {
  scenario: Scenario;
  reachability: Pick<Reachability, "verdict" | "refused">;
}

/** An edge before and after. An end that does not exist on a side leaves that side absent. */
export interface Change {
  from: string;
  to: string;
  proto: string;
  port: number;
  before?: Verdict;
  after?: Verdict;
}

export interface ReachabilityDiff {
  /** What was denied or did not exist and is now allowed, or no longer certain to be denied. */
  opened: Change[];
  /** What was allowed, or not certain to be denied, and is no more. */
  closed: Change[];
  /** Allowed on both sides, but travelling differently: another wire port, mTLS gained or lost, Cilium's proxy in between. */
  changed: Change[];
  /** Allowed on both sides in the same way, by other policies. */
  redecided: Change[];
  /** Edges that are the same on both sides. */
  unchanged: { allowed: number; denied: number; unknown: number };
  /** Policies that Cilium refuses on one side only. */
  refused: { appeared: RefusedPolicy[]; gone: RefusedPolicy[] };
  /** Endpoints that exist on one side only. */
  endpoints: { added: EndpointFacts[]; removed: EndpointFacts[] };
}

/**
 * What changed between two states. Every flow that either side asks about is decided on both sides, so that a port which is merely
 * declared anew does not pass for one that was opened.
 *
 * Exchanging the sides exchanges `opened` with `closed`.
 */
export function diffReachability(before: Side, after: Side): ReachabilityDiff {
  const [had, has] = [idsOf(before.scenario), idsOf(after.scenario)];
  const diff: ReachabilityDiff = {
    opened: [],
    closed: [],
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
  for (const { from, to, proto, port } of flowsOfBoth(before.scenario, after.scenario)) {
    const flow = { from, to, proto, port };
    const [was, is] = [
      had.has(from) && had.has(to) ? before.reachability.verdict(flow) : undefined,
      has.has(from) && has.has(to) ? after.reachability.verdict(flow) : undefined,
    ];
    const change: Change = { ...flow, ...(was && { before: was }), ...(is && { after: is }) };
    const rise = openness(is) - openness(was);
    if (rise > 0) diff.opened.push(change);
    else if (rise < 0) diff.closed.push(change);
    else if (was === undefined || is === undefined) continue;
    else if (openness(is) === 0) diff.unchanged.denied++;
    else if (travel(was) !== travel(is)) diff.changed.push(change);
    else if (deciders(was) !== deciders(is)) diff.redecided.push(change);
    else diff.unchanged[is.allowed ? "allowed" : "unknown"]++;
  }
  return diff;
}

/** 0: certain not to pass, 2: certain to pass. A denial at one end settles a flow whatever is unknown of the other. */
function openness(verdict: Verdict | undefined): 0 | 1 | 2 {
  if (verdict === undefined || verdict.egress === "denied" || verdict.ingress === "denied") return 0;
  if (verdict.allowed) return 2;
  return verdict.egress === "unknown" || verdict.ingress === "unknown" ? 1 : 0;
}

const travel = ({ wire, l7 }: Verdict): string => JSON.stringify([wire, l7 === true]);
const deciders = ({ egressRules, ingressRules }: Verdict): string => JSON.stringify([egressRules, ingressRules]);

const idsOf = ({ endpoints }: Scenario) => new Set(endpoints.map(({ id }) => id));

const refusedKey = ({ kind, namespace, name }: RefusedPolicy) => `${kind}/${namespace ?? ""}/${name}`;

function missingFrom(known: readonly RefusedPolicy[], candidates: readonly RefusedPolicy[]): RefusedPolicy[] {
  const keys = new Set(known.map(refusedKey));
  return candidates.filter((policy) => !keys.has(refusedKey(policy)));
}

/** Ordered by target, then port, then source: what happens to one workload stands together. */
function* flowsOfBoth(before: Scenario, after: Scenario): Generator<Flow> {
  const flows = [...(before.flows ?? []), ...(after.flows ?? [])];
  if (flows.length > 0) {
    const distinct = new Map(flows.map((flow) => [`${flow.to}\0${flow.proto}\0${flow.port}\0${flow.from}`, flow]));
    yield* [...distinct].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, flow]) => flow);
    return;
  }
  const ports = new Map<string, Map<string, { proto: string; port: number }>>();
  for (const { id, ports: declared } of [...before.endpoints, ...after.endpoints]) {
    const known = ports.get(id) ?? new Map<string, { proto: string; port: number }>();
    for (const { port, protocol: proto = "TCP" } of declared ?? []) known.set(`${proto}/${port}`, { proto, port });
    ports.set(id, known);
  }
  const ids = [...ports.keys()].sort();
  for (const to of ids) {
    const known = [...(ports.get(to)?.values() ?? [])].sort((a, b) =>
      a.proto < b.proto ? -1 : a.proto > b.proto ? 1 : a.port - b.port,
    );
    for (const { proto, port } of known) for (const from of ids) if (from !== to) yield { from, to, proto, port };
  }
}
