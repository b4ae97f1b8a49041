import { append, getOrMake } from "../common/maps";
import { compareText } from "../common/text";
import { INBOUND_PORT } from "../linkerd/wire/wire";
import type { Parties, Party } from "./party";
import type { Sight } from "./proxy/sight";
import type { TrafficEdge } from "./traffic";

/**
 * Joins what the agents saw with what proxies counted. Hubble says who by labels, and on 4143 hides the port; the server's proxy says which port
 * and by which account. Where a pair was seen on 4143, the ports that the server's proxy counted of the client's account take its place.
 */
export function joined(edges: readonly TrafficEdge[], sights: readonly Sight[], parties: Parties): TrafficEdge[] {
  const pairs = new Map<Party, Map<Party, TrafficEdge[]>>();
  for (const edge of edges)
    append(
      getOrMake(pairs, edge.from, () => new Map<Party, TrafficEdge[]>()),
      edge.to,
      edge,
    );
  const told = new Map<Party, Map<Party, Map<number, TrafficEdge>>>();
  // Hubble names each of those whom proxies cannot name.
  const watched = new Set(edges.map(({ to }) => to));
  for (const sight of sights.filter(({ from, to }) => from?.kind !== "without proxy" || !watched.has(to))) {
    for (const from of clientsOf(sight, pairs, parties)) {
      const ports = getOrMake(
        getOrMake(told, from, () => new Map<Party, Map<number, TrafficEdge>>()),
        sight.to,
        () => new Map<number, TrafficEdge>(),
      );
      addSight(
        getOrMake(ports, sight.port, () => fresh(from, sight)),
        sight,
      );
    }
  }
  const result: TrafficEdge[] = [];
  for (const [from, targets] of pairs) {
    for (const [to, seen] of targets) {
      const ports = told.get(from)?.get(to) ?? new Map<number, TrafficEdge>();
      told.get(from)?.delete(to);
      result.push(...joinPair(seen, ports));
    }
  }
  for (const targets of told.values()) for (const ports of targets.values()) result.push(...ports.values());
  return result.sort(
    (a, b) =>
      compareText(a.from.id, b.from.id) ||
      compareText(a.to.id, b.to.id) ||
      compareText(a.protocol, b.protocol) ||
      (a.port ?? 0) - (b.port ?? 0),
  );
}

/** The edges of one pair: those on their own port with what proxies add, those on 4143 with their true ports. */
function joinPair(seen: readonly TrafficEdge[], told: ReadonlyMap<number, TrafficEdge>): TrafficEdge[] {
  const isHidden = (edge: TrafficEdge) => edge.protocol === "TCP" && edge.wire === INBOUND_PORT;
  const result: TrafficEdge[] = [];
  const own = new Set<number>();
  for (const edge of seen) {
    if (isHidden(edge)) continue;
    const more = edge.protocol === "TCP" && edge.port !== undefined ? told.get(edge.port) : undefined;
    if (edge.port !== undefined) own.add(edge.port);
    result.push(more === undefined ? edge : { ...edge, ...factsOf(more) });
  }
  const hidden = seen.find(isHidden);
  const all = [...told.values()];
  const beside = all.filter(({ port }) => port === undefined || !own.has(port));
  if (hidden === undefined) return [...result, ...beside];
  // A port that was also seen on the wire is most likely told of that; unless it is all that is told.
  const inside = beside.length > 0 ? beside : all;
  if (inside.length === 0) {
    const { port: _, ...unknown } = hidden;
    return [...result, unknown];
  }
  return [...result, ...inside.map((edge) => ({ ...hidden, port: edge.port ?? INBOUND_PORT, ...factsOf(edge) }))];
}

const factsOf = ({ requests, refused, account }: TrafficEdge) => ({
  ...(requests !== undefined && { requests }),
  ...(refused !== undefined && { refused }),
  ...(account !== undefined && { account }),
});

/** Whose account it is: of several workloads those that were seen talking to the server. */
function clientsOf(
  { from, account, to }: Sight,
  pairs: ReadonlyMap<Party, ReadonlyMap<Party, readonly TrafficEdge[]>>,
  parties: Parties,
): Party[] {
  if (from !== undefined) return [from];
  const theirs = [...parties].filter((party) => `${party.namespace}/${party.serviceAccount}` === account);
  const seen = theirs.filter((party) => pairs.get(party)?.has(to) === true);
  if (seen.length > 0) return seen;
  if (theirs.length === 1) return theirs;
  const [namespace = "", name = ""] = (account ?? "").split("/");
  return [parties.account(namespace, name)];
}

function fresh(from: Party, { to, port }: Sight): TrafficEdge {
  return { from, to, protocol: "TCP", port, flows: 0, passed: 0, denied: 0, audited: 0 };
}

function addSight(edge: TrafficEdge, { account, requests, refused, opened, first, last }: Sight): void {
  if (requests > 0) edge.requests = (edge.requests ?? 0) + requests;
  if (refused > 0) edge.refused = (edge.refused ?? 0) + refused;
  edge.passed = Math.max(edge.passed, opened, (edge.requests ?? 0) - (edge.refused ?? 0));
  if (account !== undefined) edge.account = account;
  if (first !== undefined && (edge.first === undefined || first < edge.first)) edge.first = first;
  if (last !== undefined && (edge.last === undefined || last > edge.last)) edge.last = last;
}
