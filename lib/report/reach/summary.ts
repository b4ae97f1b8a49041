import { getOrMake } from "../../common/maps";
import { compareText } from "../../common/text";
import { type Answer, type State, stateOf, type Verdict } from "../../reachability/verdict";
import {
  beyondPolicies,
  fromOwnNode,
  linkerdWords,
  plural,
  proxiedWords,
  type ShownPort,
  someOf,
  unbound,
  unguarded,
} from "../../reachability/words";
import { isUnnamedGroup } from "../../scenario/port-group";
import type { EndpointFacts } from "../../scenario/scenario";
import { foldTargets } from "./fold-targets";
import { JoinedSources } from "./joined-sources";
import type { SourceGroup, Target } from "./targets";

export interface Summary {
  targets: Target[];
  counts: Record<State, number>;
  /** A node reaches its own pods unless a policy denies it: true everywhere, so it is counted and not listed. */
  fromOwnNode: number;
}

/** Groups answers by target and reason. The cost grows with the number of distinct answers, not with the size of the matrix. */
export function summarize(answers: Iterable<Answer>, endpoints: readonly EndpointFacts[]): Summary {
  const counts: Record<State, number> = { allowed: 0, denied: 0, unknown: 0 };
  let ownNode = 0;
  const targets = new Map<string, Map<string, Gathered>>();
  for (const { from, verdict } of answers) {
    if (beyondPolicies(verdict)) continue;
    const state = stateOf(verdict);
    counts[state] += from.length;
    if (state === "allowed" && fromOwnNode(verdict)) {
      ownNode += from.length;
      continue;
    }
    const target = gatheredAt(targets, verdict);
    target.sources += from.length;
    const reason = reasonKey(state, verdict);
    const group = target.groups.get(reason);
    if (group === undefined) target.groups.set(reason, { state, parts: [from], verdict });
    else group.parts.push(from);
  }
  const known = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]));
  const sources = new JoinedSources(known);
  const each = [...targets.values()].flatMap((ports) =>
    withoutImplied(mergePorts([...ports.values()], known, sources), known),
  );
  for (const { ports } of each) ports.sort(comparePorts);
  const merged = foldTargets(each, known);
  // Workloads first, then peers outside.
  const rank = (id: string) => (namespaceOf(known.get(id)) === undefined ? 1 : 0);
  return {
    targets: merged.sort(
      (a, b) => rank(a.to) - rank(b.to) || compareText(a.to, b.to) || comparePorts(a.ports[0], b.ports[0]),
    ),
    counts,
    fromOwnNode: ownNode,
  };
}

interface Gathered {
  verdict: Verdict;
  groups: Map<string, { state: State; parts: (readonly string[])[]; verdict: Verdict }>;
  sources: number;
}

function gatheredAt(targets: Map<string, Map<string, Gathered>>, verdict: Verdict): Gathered {
  const ports = targets.get(verdict.to) ?? new Map<string, Gathered>();
  if (ports.size === 0) targets.set(verdict.to, ports);
  const port = verdict.proto + verdict.port;
  const known = ports.get(port);
  if (known !== undefined) return known;
  const gathered: Gathered = { verdict, groups: new Map(), sources: 0 };
  ports.set(port, gathered);
  return gathered;
}

/** Merges the ports of one endpoint that the same sources reach for the same reasons. */
function mergePorts(
  gathered: readonly Gathered[],
  known: ReadonlyMap<string, EndpointFacts>,
  sources: JoinedSources,
): Target[] {
  const distinct: Target[] = [];
  // A workload may have thousands of ports, so only ports with the same hash are compared in full.
  const similar = new Map<string, { groups: ReadonlyMap<string, SourceGroup>; target: Target }[]>();
  for (const one of gathered) {
    const { to, proto, port, standsFor } = one.verdict;
    const name = known
      .get(to)
      ?.ports?.find((declared) => declared.port === port && (declared.protocol ?? "TCP") === proto)?.name;
    const shown = { proto, port, ...(standsFor !== undefined && { standsFor }), ...(name !== undefined && { name }) };
    const joined = new Map(
      [...one.groups].map(([reason, { state, parts, verdict }]) => [
        reason,
        { state, ...sources.of(parts), verdict } satisfies SourceGroup,
      ]),
    );
    const candidates = getOrMake(similar, hashOf(joined), () => []);
    const same = candidates.find(({ groups }) => sameGroups(groups, joined));
    if (same !== undefined) {
      same.target.ports.push(shown);
      continue;
    }
    const groups = [...joined.values()].sort(compareGroups);
    const target: Target = { to, targets: [to], ports: [shown], groups, sources: one.sources };
    candidates.push({ groups: joined, target });
    distinct.push(target);
  }
  return distinct;
}

/** Equal for equal groups, and rarely for others. */
function hashOf(groups: ReadonlyMap<string, SourceGroup>): string {
  return JSON.stringify([...groups].map(([reason, { from }]) => [reason, from.length, from[0]].join("\n")).sort());
}

function sameGroups(a: ReadonlyMap<string, SourceGroup>, b: ReadonlyMap<string, SourceGroup>): boolean {
  if (a.size !== b.size) return false;
  return [...a].every(([reason, { from }]) => {
    const other = b.get(reason)?.from;
    if (other === undefined || other === from) return other !== undefined;
    return other.length === from.length && other.every((id, index) => id === from[index]);
  });
}

/**
 * Drops rows about unnamed ports that nobody reaches, as in every fence, or that no policy decides about, since the other rows imply them. Every
 * reachable workload keeps a row.
 */
function withoutImplied(rows: readonly Target[], known: ReadonlyMap<string, EndpointFacts>): Target[] {
  const isRest = ({ ports }: Target) => ports.every(({ standsFor }) => isUnnamedGroup(standsFor));
  const isWorkload = rows.some(
    ({ to }) => namespaceOf(known.get(to)) !== undefined && known.get(to)?.representative === undefined,
  );
  const named = rows.filter((row) => !isRest(row));
  return rows.filter((row) => {
    if (!isRest(row)) return true;
    const open = row.groups.filter(({ state }) => state !== "denied");
    const isDecided = open.some(({ verdict }) => !(unbound(verdict) && unguarded(verdict)));
    // With an EgressNetwork, the client's own proxy decides, and the row shows that.
    const isKept = row.groups.some(({ verdict }) => verdict.linkerd?.objects?.[0]?.kind === "EgressNetwork");
    return isDecided || isKept || (open.length > 0 && isWorkload && named.length === 0);
  });
}

/** The sources of a group, or `everyone but …` if that is shorter. */
export function sourceWords(group: SourceGroup, target: Target, show: (id: string) => string = (id) => id): string {
  const { from } = group;
  const missing = target.sources - from.length;
  if (from.length > 3 && missing === 0) return `everyone (${plural(from.length, "peer")})`;
  if (from.length > 8 && missing <= 3) {
    const others = target.groups.flatMap((other) => (other === group ? [] : other.shown)).sort(compareText);
    return `everyone (${plural(from.length, "peer")}) but ${others.map(show).join(", ")}`;
  }
  return someOf(group.shown, 8, show);
}

/** The namespace of a workload, also of one on the host network. Peers outside have none. */
export function namespaceOf(endpoint: EndpointFacts | undefined): string | undefined {
  return endpoint?.namespace === "" ? undefined : endpoint?.namespace;
}

function reasonKey(state: State, verdict: Verdict): string {
  const { wire, l7, unknown, linkerd } = verdict;
  const source = unbound(verdict) ? "" : `${verdict.egress} ${verdict.egressRules?.join("\0")}`;
  const destination = unguarded(verdict) ? "" : `${verdict.ingress} ${verdict.ingressRules?.join("\0")}`;
  // The port on the wire matters only if it differs from the application's.
  const moved = wire === undefined || wire.port === verdict.port ? "" : wire.port;
  const travel = wire && `${wire.mtls} ${moved} ${wire.opensAllPorts} ${wire.refused}`;
  const authorized = linkerd && linkerdWords(linkerd);
  return [state, source, destination, travel, l7, proxiedWords(verdict), authorized, unknown?.join("\0")].join("\n");
}

const order: Record<State, number> = { allowed: 0, unknown: 1, denied: 2 };

function compareGroups(a: SourceGroup, b: SourceGroup): number {
  return order[a.state] - order[b.state] || compareText(a.from[0] ?? "", b.from[0] ?? "");
}

/** Named ports come first. */
function comparePorts(a: ShownPort | undefined, b: ShownPort | undefined): number {
  if (a === undefined || b === undefined) return 0;
  const rank = ({ standsFor }: ShownPort) => (standsFor === undefined ? 0 : isUnnamedGroup(standsFor) ? 2 : 1);
  return rank(a) - rank(b) || compareText(a.proto, b.proto) || a.port - b.port;
}
