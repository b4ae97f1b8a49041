import { append } from "../common/maps";
import { parseAddress, parsePrefixOrAddress, prefixContains } from "../kubernetes/cidr";
import type { EndpointFacts } from "../scenario/scenario";
import { goneId, type Party } from "./party";
import type { Traffic, TrafficEdge } from "./traffic";

/** What manifests tell of parties that traffic alone leaves open. */
export interface Settling {
  endpoints: readonly EndpointFacts[];
  /** Blocks in which pods have their addresses. */
  podNetworks?: readonly string[];
}

/**
 * Traffic with what manifests tell of its parties: whose account it is where just one workload runs under it, and which addresses are the pods'
 * network. What turns out to be one edge becomes one.
 */
export function settled(traffic: Traffic, { endpoints, podNetworks = [] }: Settling): Traffic {
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

/** Edges with other parties; those that are the same then are added up. */
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
  // Both ends of a connection count it.
  if (edge.requests !== undefined) sum.requests = Math.max(sum.requests ?? 0, edge.requests);
  if (edge.refused !== undefined) sum.refused = Math.max(sum.refused ?? 0, edge.refused);
  if (edge.auditedRequests !== undefined)
    sum.auditedRequests = Math.max(sum.auditedRequests ?? 0, edge.auditedRequests);
  if (edge.wire !== undefined) sum.wire = edge.wire;
  if (edge.account !== undefined) sum.account = edge.account;
  if (edge.first !== undefined && (sum.first === undefined || edge.first < sum.first)) sum.first = edge.first;
  if (edge.last !== undefined && (sum.last === undefined || edge.last > sum.last)) sum.last = edge.last;
  // Only if both were cut is all of it.
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

/** An address of the pods' network is nobody outside, whatever Cilium called it. */
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
