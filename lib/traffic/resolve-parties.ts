import { append } from "../common/maps";
import { parseAddress, parsePrefixOrAddress, prefixContains } from "../kubernetes/cidr";
import type { EndpointFacts } from "../scenario/scenario";
import { goneId, type Party } from "./party";
import type { Traffic, TrafficEdge } from "./traffic";

/** What manifests know about parties that the recording leaves open. */
export interface PartyFacts {
  endpoints: readonly EndpointFacts[];
  /** CIDR blocks of the pod network. Default: none. */
  podNetworks?: readonly string[];
}

/**
 * Resolves parties by manifests: an account to the only workload that runs under it, and an address of the pod network to a deleted pod. Edges
 * between the same parties are merged.
 */
export function resolveParties(traffic: Traffic, { endpoints, podNetworks = [] }: PartyFacts): Traffic {
  const known = new Map(traffic.edges.flatMap(({ from, to }) => [from, to]).map((party) => [party.id, party]));
  const blocks = podNetworks.flatMap((text) => parsePrefixOrAddress(text) ?? []);
  const made = new Map<Party, Party>();
  const settle = (party: Party): Party => {
    const before = made.get(party);
    if (before !== undefined) return before;
    const after = ofAccount(party, endpoints, known) ?? ofPodNetwork(party, blocks, known) ?? party;
    known.set(after.id, after);
    made.set(party, after);
    return after;
  };
  return { ...traffic, edges: withParties(traffic.edges, settle) };
}

/** Replaces the parties of edges. Edges that become equal are merged. */
export function withParties(edges: readonly TrafficEdge[], partyOf: (party: Party) => Party): TrafficEdge[] {
  const byEnds = new Map<Party, Map<Party, TrafficEdge[]>>();
  let isSame = true;
  for (const edge of edges) {
    const [from, to] = [partyOf(edge.from), partyOf(edge.to)];
    isSame &&= from === edge.from && to === edge.to;
    const targets = byEnds.get(from) ?? new Map<Party, TrafficEdge[]>();
    byEnds.set(from, targets);
    const same = targets.get(to)?.find((other) => isOne(other, edge));
    if (same === undefined) append(targets, to, { ...edge, from, to });
    else addTo(same, edge);
  }
  if (isSame) return [...edges];
  return [...byEnds.values()].flatMap((targets) => [...targets.values()].flat());
}

function isOne(a: TrafficEdge, b: TrafficEdge): boolean {
  const isOnWire = a.wire === b.wire || a.wire === undefined || b.wire === undefined;
  return a.protocol === b.protocol && a.port === b.port && isOnWire;
}

function addTo(sum: TrafficEdge, edge: TrafficEdge): void {
  sum.flows += edge.flows;
  sum.passed += edge.passed;
  sum.denied += edge.denied;
  sum.audited += edge.audited;
  // Both proxies of a connection count it.
  if (edge.requests !== undefined) sum.requests = Math.max(sum.requests ?? 0, edge.requests);
  if (edge.refused !== undefined) sum.refused = Math.max(sum.refused ?? 0, edge.refused);
  if (edge.auditedRequests !== undefined)
    sum.auditedRequests = Math.max(sum.auditedRequests ?? 0, edge.auditedRequests);
  if (edge.wire !== undefined) sum.wire = edge.wire;
  if (edge.account !== undefined) sum.account = edge.account;
  if (edge.first !== undefined && (sum.first === undefined || edge.first < sum.first)) sum.first = edge.first;
  if (edge.last !== undefined && (sum.last === undefined || edge.last > sum.last)) sum.last = edge.last;
  // All of it is denied only if both are.
  if (sum.deniedSince === undefined || edge.deniedSince === undefined) delete sum.deniedSince;
  else if (edge.deniedSince > sum.deniedSince) sum.deniedSince = edge.deniedSince;
}

function ofAccount(
  { kind, namespace = "", name = "" }: Party,
  endpoints: readonly EndpointFacts[],
  known: ReadonlyMap<string, Party>,
): Party | undefined {
  if (kind !== "account") return undefined;
  const theirs = endpoints.filter(
    (endpoint) =>
      endpoint.namespace === namespace && endpoint.serviceAccount === name && endpoint.representative === undefined,
  );
  const [only] = theirs;
  if (only === undefined || theirs.length > 1) return undefined;
  return (
    known.get(only.id) ?? {
      id: only.id,
      kind: "workload",
      namespace,
      name: only.id.slice(only.id.indexOf("/") + 1),
      serviceAccount: name,
    }
  );
}

type Block = NonNullable<ReturnType<typeof parsePrefixOrAddress>>;

/** An address of the pod network is a deleted pod, even where Cilium reported the world. */
function ofPodNetwork(
  { kind, ip = "" }: Party,
  blocks: readonly Block[],
  known: ReadonlyMap<string, Party>,
): Party | undefined {
  if (kind !== "address" || blocks.length === 0) return undefined;
  const address = parseAddress(ip);
  if (address === undefined || !blocks.some((block) => prefixContains(block, address))) return undefined;
  return known.get(goneId(ip)) ?? { id: goneId(ip), kind: "gone", ip };
}
