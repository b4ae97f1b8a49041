import type { EvaluatedPolicy } from "../../cilium/api/policy";
import type { RefusalCache } from "../../cilium/api/refusal-cache";
import { type Entry, policyEntries } from "../../cilium/policy/entries";
import { endpointIdentity } from "../../cilium/policy/identity";
import { Selections } from "../../cilium/policy/selections";
import { PROTOCOL_NUMBERS } from "../../kubernetes/ports";
import type { EndpointFacts, NamedPort, Scenario } from "../../scenario/scenario";

/** The protocols that have ports, by number. */
const TRANSPORT: ReadonlyMap<number | undefined, string> = new Map(
  ["TCP", "UDP", "SCTP"].map((name) => [PROTOCOL_NUMBERS.get(name.toLowerCase()), name]),
);
/** From here on downwards, numbers stand for ports of which only the name is known. */
const HIGHEST = 64_999;

/**
 * Gives pods that no manifest names a port for each name that rules about them use: which number they give it nobody knows, and those that have
 * none are as open on it as on any other port.
 *
 * @param policies All that are to be told apart, so that two states get the same numbers.
 */
export function withNamedPorts(
  endpoints: readonly EndpointFacts[],
  policies: readonly EvaluatedPolicy[],
  scenario: Scenario,
  refusals: RefusalCache,
): EndpointFacts[] {
  const accepted = refusals.accepted(policies, [scenario.cluster]);
  const entries = accepted.flatMap((policy, index) => policyEntries(policy, index, scenario));
  const naming = entries.filter(({ node, l4 }) => !node && l4.some(({ name }) => name !== undefined));
  if (naming.length === 0) return [...endpoints];
  const numbers = numbersOf(naming, entries);
  const identities = endpoints.map((endpoint) => endpointIdentity(endpoint, scenario));
  const selections = new Selections(identities, scenario.cluster);
  const added = endpoints.map((): NamedPort[] => []);
  for (const entry of naming)
    for (const place of concerned(entry, selections, endpoints.length))
      for (const { name, protocol } of entry.l4) {
        const proto = TRANSPORT.get(protocol);
        const port = numbers.get(`${name}`);
        if (name === undefined || proto === undefined || port === undefined) continue;
        added[place]?.push({ name, port, protocol: proto, standsFor: { label: name } });
      }
  return endpoints.map((endpoint, place) => {
    const own = endpoint.ports ?? [];
    // A name is that of one port only, with one protocol.
    const known = new Set(own.map(({ name }) => name));
    const more = inOrder(added[place] ?? []).filter(({ name }) => !known.has(name) && known.add(name));
    return more.length === 0 ? endpoint : { ...endpoint, ports: [...own, ...more] };
  });
}

const protocols = [...TRANSPORT.values()];
const inOrder = (ports: readonly NamedPort[]) =>
  [...ports].sort((a, b) => protocols.indexOf(a.protocol ?? "") - protocols.indexOf(b.protocol ?? ""));

/** The places of those whose own port a name is: the subjects of ingress rules, and the peers of egress rules. */
function concerned({ direction, subject, peers }: Entry, selections: Selections, count: number): Iterable<number> {
  if (direction === "ingress") return selections.selected(subject);
  const isEverybody = peers.some((peer) => peer.kind === "labels" && peer.selector.requirements.length === 0);
  if (isEverybody) return Array(count).keys();
  return new Set(peers.flatMap((peer) => selections.selectedBy(peer).identities));
}

/** A number for each name, of which no rule speaks by itself. */
function numbersOf(naming: readonly Entry[], entries: readonly Entry[]): Map<string, number> {
  const taken = new Set(entries.flatMap(({ l4 }) => l4.flatMap(({ port, endPort }) => [port, endPort])));
  const names = [...new Set(naming.flatMap(({ l4 }) => l4.flatMap(({ name }) => name ?? [])))].sort();
  let next = HIGHEST;
  return new Map(
    names.map((name) => {
      while (taken.has(next)) next--;
      return [name, next--];
    }),
  );
}
