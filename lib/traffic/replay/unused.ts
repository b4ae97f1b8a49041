import { endpointKind } from "../../cilium/policy/identity";
import { append, getOrMake } from "../../common/maps";
import { type Prefix, parseAddress, parsePrefixOrAddress, prefixLabelKey } from "../../kubernetes/cidr";
import { PrefixSet } from "../../kubernetes/prefix-set";
import { wellKnown } from "../../linkerd/wire/well-known";
import { compile } from "../../reachability/compile";
import { reasonsOf, unbound, unguarded } from "../../reachability/words";
import type { EndpointFacts } from "../../scenario/scenario";
import type { TransportMode } from "../../scenario/transport-mode";
import type { Party } from "../party";
import type { PolicyState } from "../policy-state";
import type { Traffic } from "../traffic";
import type { PartyEndpoints } from "./party-endpoints";
import type { ReplayedEdge } from "./report";

/**
 * Edges that a policy allows explicitly and that were not seen: candidates to close. Ends that no policy selects are left out, since they allow
 * everything; so are nodes, and what the mesh needs: a certificate is renewed once a day, which a short recording may miss.
 */
export function unusedEdges(
  traffic: Traffic,
  state: PolicyState,
  places: PartyEndpoints,
  transportMode: TransportMode,
  refuses: Refuses,
): ReplayedEdge[] {
  const { scenario } = places;
  const usable = { ...scenario, ...(scenario.mesh !== undefined && { mesh: { transportMode } }) };
  const byId = new Map(scenario.endpoints.map((endpoint) => [endpoint.id, endpoint]));
  const used = usedBy(traffic, places, scenario.endpoints);
  const unused: ReplayedEdge[] = [];
  for (const { from: sources, verdict } of compile(state.policies, usable).answers()) {
    const { to, proto, port } = verdict;
    if (!verdict.allowed || (unguarded(verdict) && unbound(verdict)) || !isCandidate(byId.get(to))) continue;
    for (const from of sources) {
      const [client, server] = [byId.get(from), byId.get(to)];
      if (client === undefined || server === undefined || !isCandidate(client) || used(from, to, proto, port)) continue;
      if (refuses({ protocol: proto, port }, client, server)) continue;
      unused.push({
        from,
        to,
        port,
        protocol: proto,
        layer: "cilium",
        by: reasonsOf(verdict),
        flows: 0,
        was: "passed",
      });
    }
  }
  return unused;
}

/** Whether an endpoint could have used an edge: not a representative, which stands for pods that only policies name. */
function isCandidate(endpoint: EndpointFacts | undefined): boolean {
  if (endpoint?.representative !== undefined) return false;
  if (endpoint === undefined || (endpointKind(endpoint) === "reserved" && !isWorld(endpoint))) return false;
  return !Object.values(wellKnown).some(
    ({ namespace, labels }) =>
      endpoint.namespace === namespace &&
      Object.entries(labels).every(([key, value]) => endpoint.labels?.[key] === value),
  );
}

const isWorld = ({ reserved = [] }: EndpointFacts) => reserved.some((label) => label.startsWith("world"));

/** Whether the server's proxy refuses everything from the client on a port. */
export type Refuses = (asked: { protocol: string; port: number }, from: EndpointFacts, to: EndpointFacts) => boolean;

type Used = (from: string, to: string, protocol: string, port: number) => boolean;

function usedBy({ edges }: Traffic, places: PartyEndpoints, endpoints: readonly EndpointFacts[]): Used {
  const outside = new Outside(endpoints);
  const cache = new Map<Party, string[]>();
  const idsOf = (party: Party) =>
    getOrMake(cache, party, () =>
      [...places.endpointsOf(party), ...(party.kind === "address" ? outside.holding(party) : [])].map(({ id }) => id),
    );
  const used = new Set<string>();
  for (const { from, to, protocol, port } of edges)
    for (const client of idsOf(from))
      for (const server of idsOf(to))
        used.add(`${client}\0${server}\0${port === undefined ? "any" : `${protocol} ${port}`}`);
  // Where only 4143 was seen, any port of the pair may have been used.
  return (from, to, protocol, port) =>
    used.has(`${from}\0${to}\0${protocol} ${port}`) || used.has(`${from}\0${to}\0any`);
}

/** The endpoints outside the cluster, by what an address is compared with: recordings hold thousands of addresses, and policies many blocks. */
class Outside {
  private readonly worlds: EndpointFacts[] = [];
  private readonly byName = new Map<string, EndpointFacts[]>();
  private readonly byBlock = new Map<string, EndpointFacts[]>();
  private readonly blocks: PrefixSet;

  constructor(endpoints: readonly EndpointFacts[]) {
    const blocks: Prefix[] = [];
    for (const endpoint of endpoints) {
      const { id, ip, fqdn } = endpoint;
      if (isWorld(endpoint)) this.worlds.push(endpoint);
      if (endpointKind(endpoint) !== "address") continue;
      const block = parsePrefixOrAddress(id) ?? parseAddress(ip ?? "");
      if (fqdn !== undefined) append(this.byName, fqdn, endpoint);
      else if (block !== undefined) {
        blocks.push(block);
        append(this.byBlock, prefixLabelKey(block), endpoint);
      }
    }
    this.blocks = new PrefixSet(blocks);
  }

  /** The endpoints that an address belongs to. */
  holding({ ip, names = new Set() }: Party): EndpointFacts[] {
    const address = parseAddress(ip ?? "");
    const blocks = address === undefined ? [] : [...this.blocks.containing(address)];
    return [
      ...this.worlds,
      ...[...names].flatMap((name) => this.byName.get(name) ?? []),
      ...blocks.flatMap((block) => this.byBlock.get(prefixLabelKey(block)) ?? []),
    ];
  }
}
