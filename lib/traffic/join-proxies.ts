import { append, getOrMake } from "../common/maps";
import { compareText } from "../common/text";
import { INBOUND_PORT } from "../linkerd/wire/wire";
import type { Parties, Party } from "./party";
import type { ProxyObservation } from "./proxy/observation";
import type { TrafficEdge } from "./traffic";

/**
 * Joins the edges that the agents saw with what the proxies counted. Hubble identifies both ends by labels, but 4143 hides the port; the server's
 * proxy knows the port and the client's account. Where a pair was seen on 4143, the ports that the server's proxy counted for the account replace it.
 */
export function joinProxies(
  edges: readonly TrafficEdge[],
  observations: readonly ProxyObservation[],
  parties: Parties,
): TrafficEdge[] {
  const pairs = new Map<Party, Map<Party, TrafficEdge[]>>();
  for (const edge of edges)
    append(
      getOrMake(pairs, edge.from, () => new Map<Party, TrafficEdge[]>()),
      edge.to,
      edge,
    );
  const counted = new Map<Party, Map<Party, Map<number, TrafficEdge>>>();
  // Hubble identifies the clients that have no proxy.
  const seenByHubble = new Set(edges.map(({ to }) => to));
  for (const observation of observations.filter(
    ({ from, to }) => from?.kind !== "without proxy" || !seenByHubble.has(to),
  )) {
    for (const from of clientsOf(observation, pairs, parties)) {
      const ports = getOrMake(
        getOrMake(counted, from, () => new Map<Party, Map<number, TrafficEdge>>()),
        observation.to,
        () => new Map<number, TrafficEdge>(),
      );
      addObservation(
        getOrMake(ports, observation.port, () => emptyEdge(from, observation)),
        observation,
      );
    }
  }
  const result: TrafficEdge[] = [];
  for (const [from, targets] of pairs) {
    for (const [to, seen] of targets) {
      const ports = counted.get(from)?.get(to) ?? new Map<number, TrafficEdge>();
      counted.get(from)?.delete(to);
      result.push(...joinPair(seen, ports));
    }
  }
  for (const targets of counted.values()) for (const ports of targets.values()) result.push(...ports.values());
  return result.sort(
    (a, b) =>
      compareText(a.from.id, b.from.id) ||
      compareText(a.to.id, b.to.id) ||
      compareText(a.protocol, b.protocol) ||
      (a.port ?? 0) - (b.port ?? 0),
  );
}

/** The edges of one pair: those on the application's port with the proxies' counts, and those on 4143 with the ports that it hides. */
function joinPair(seen: readonly TrafficEdge[], counted: ReadonlyMap<number, TrafficEdge>): TrafficEdge[] {
  const isHidden = (edge: TrafficEdge) => edge.protocol === "TCP" && edge.wire === INBOUND_PORT;
  const result: TrafficEdge[] = [];
  const own = new Set<number>();
  for (const edge of seen) {
    if (isHidden(edge)) continue;
    const more = edge.protocol === "TCP" && edge.port !== undefined ? counted.get(edge.port) : undefined;
    if (edge.port !== undefined) own.add(edge.port);
    result.push(more === undefined ? edge : { ...edge, ...factsOf(more) });
  }
  const hidden = seen.find(isHidden);
  const all = [...counted.values()];
  const otherPorts = all.filter(({ port }) => port === undefined || !own.has(port));
  if (hidden === undefined) return [...result, ...otherPorts];
  // A count most likely belongs to the edge on the same port on the wire, unless there is no other count.
  const inside = otherPorts.length > 0 ? otherPorts : all;
  if (inside.length === 0) {
    const { port: _, ...unknown } = hidden;
    return [...result, unknown];
  }
  return [...result, ...inside.map((edge) => ({ ...hidden, port: edge.port ?? INBOUND_PORT, ...factsOf(edge) }))];
}

const factsOf = ({ requests, refused, auditedRequests, account }: TrafficEdge) => ({
  ...(requests !== undefined && { requests }),
  ...(refused !== undefined && { refused }),
  ...(auditedRequests !== undefined && { auditedRequests }),
  ...(account !== undefined && { account }),
});

/** The clients behind an account: of several workloads, those that were seen talking to the server. */
function clientsOf(
  { from, account, to }: ProxyObservation,
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

function emptyEdge(from: Party, { to, port }: ProxyObservation): TrafficEdge {
  return { from, to, protocol: "TCP", port, flows: 0, passed: 0, denied: 0, audited: 0 };
}

function addObservation(
  edge: TrafficEdge,
  { account, requests, refused, opened, audited, first, last }: ProxyObservation,
): void {
  if (requests > 0) edge.requests = (edge.requests ?? 0) + requests;
  if (refused > 0) edge.refused = (edge.refused ?? 0) + refused;
  edge.passed = Math.max(edge.passed, opened, (edge.requests ?? 0) - (edge.refused ?? 0));
  if (audited > 0) edge.auditedRequests = (edge.auditedRequests ?? 0) + audited;
  if (account !== undefined) edge.account = account;
  if (first !== undefined && (edge.first === undefined || first < edge.first)) edge.first = first;
  if (last !== undefined && (edge.last === undefined || last > edge.last)) edge.last = last;
}
