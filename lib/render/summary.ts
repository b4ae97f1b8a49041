import { compareText } from "../manifests/problem";
import { endpointKind } from "../reachability/identity";
import type { EndpointFacts } from "../reachability/scenario";
import type { Verdict } from "../reachability/verdict";
import { fromOwnNode, plural, type State, someOf, stateOf, unbound, unguarded } from "./words";

/** Sources that reach (or do not reach) a target in the same way, for the same reason. */
export interface SourceGroup {
  state: State;
  from: string[];
  /** One of the verdicts; the others differ only in `from`. */
  verdict: Verdict;
}

export interface Target {
  to: string;
  /** Ports with the same groups stand together. */
  ports: { proto: string; port: number; name?: string }[];
  groups: SourceGroup[];
  /** How many sources are in the groups together. */
  sources: number;
}

export interface Summary {
  targets: Target[];
  counts: Record<State, number>;
  /** A node reaches its own pods unless a policy denies it: true everywhere, so it is counted and not listed. */
  fromOwnNode: number;
}

/**
 * Gathers verdicts by target and reason. Reads them one by one and keeps names only, so that a large matrix costs no more than
 * its distinct answers.
 */
export function summarize(verdicts: Iterable<Verdict>, endpoints: readonly EndpointFacts[]): Summary {
  const counts: Record<State, number> = { allowed: 0, denied: 0, unknown: 0 };
  let ownNode = 0;
  const targets = new Map<string, { verdict: Verdict; groups: Map<string, SourceGroup>; sources: number }>();
  for (const verdict of verdicts) {
    const state = stateOf(verdict);
    counts[state]++;
    const key = `${verdict.to}\0${verdict.proto}\0${verdict.port}`;
    const target = targets.get(key) ?? { verdict, groups: new Map<string, SourceGroup>(), sources: 0 };
    targets.set(key, target);
    if (state === "allowed" && fromOwnNode(verdict)) {
      ownNode++;
      continue;
    }
    target.sources++;
    const reason = reasonKey(state, verdict);
    const group = target.groups.get(reason);
    if (group === undefined) target.groups.set(reason, { state, from: [verdict.from], verdict });
    else group.from.push(verdict.from);
  }
  const known = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]));
  const merged = new Map<string, Target>();
  for (const { verdict, groups, sources } of targets.values()) {
    const { to, proto, port } = verdict;
    const name = known
      .get(to)
      ?.ports?.find((declared) => declared.port === port && (declared.protocol ?? "TCP") === proto)?.name;
    const shown = { proto, port, ...(name !== undefined && { name }) };
    const sorted = [...groups.values()].sort(compareGroups);
    for (const group of sorted) group.from.sort(compareText);
    const same = `${to}\0${[...groups]
      .map(([reason, group]) => `${reason}\0${group.from.join("\0")}`)
      .sort()
      .join("\n")}`;
    const existing = merged.get(same);
    if (existing === undefined) merged.set(same, { to, ports: [shown], groups: sorted, sources });
    else existing.ports.push(shown);
  }
  for (const { ports } of merged.values()) ports.sort(comparePorts);
  const rank = (id: string) => outsideRank(known.get(id));
  return {
    targets: [...merged.values()].sort(
      (a, b) => rank(a.to) - rank(b.to) || compareText(a.to, b.to) || comparePorts(a.ports[0], b.ports[0]),
    ),
    counts,
    fromOwnNode: ownNode,
  };
}

/** The sources of a group, by whom it leaves out where that is shorter. */
export function sourceWords(group: SourceGroup, target: Target, show: (id: string) => string = (id) => id): string {
  const { from } = group;
  const others = target.groups.flatMap((other) => (other === group ? [] : other.from)).sort(compareText);
  if (from.length > 3 && others.length === 0) return `everyone (${plural(from.length, "peer")})`;
  if (from.length > 8 && others.length <= 3) {
    return `everyone (${plural(from.length, "peer")}) but ${others.map(show).join(", ")}`;
  }
  return someOf(from.map(show), 8);
}

/** Workloads first, then what lies outside. */
export function outsideRank(endpoint: EndpointFacts | undefined): number {
  return endpoint !== undefined && endpointKind(endpoint) === "pod" ? 0 : 1;
}

/** Namespace of a workload (also one on the host's network); peers outside have none. */
export function namespaceOf(endpoint: EndpointFacts | undefined): string | undefined {
  return endpoint?.namespace === "" ? undefined : endpoint?.namespace;
}

function reasonKey(state: State, verdict: Verdict): string {
  const { egress, ingress, egressRules, ingressRules, l7, unknown } = verdict;
  // The wire's port matters where it differs from the application's: only then is it something to be told.
  const wire = verdict.wire && { ...verdict.wire, port: verdict.wire.port === verdict.port ? 0 : verdict.wire.port };
  const source = unbound(verdict) ? "no policy" : [egress, egressRules];
  const destination = unguarded(verdict) ? "no policy" : [ingress, ingressRules];
  return JSON.stringify([state, source, destination, wire, l7, unknown]);
}

const order: Record<State, number> = { allowed: 0, unknown: 1, denied: 2 };

function compareGroups(a: SourceGroup, b: SourceGroup): number {
  return order[a.state] - order[b.state] || compareText(a.from[0] ?? "", b.from[0] ?? "");
}

function comparePorts(
  a: { proto: string; port: number } | undefined,
  b: { proto: string; port: number } | undefined,
): number {
  return compareText(a?.proto ?? "", b?.proto ?? "") || (a?.port ?? 0) - (b?.port ?? 0);
}
