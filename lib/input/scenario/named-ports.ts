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
/** From here downwards, port numbers are placeholders for ports of which only the name is known. */
const HIGHEST_PLACEHOLDER_PORT = 64_999;

/**
 * Adds to hypothetical pods a port for each port name in the rules that apply to them, with a placeholder number, because their own number is
 * unknown. A pod without a port of this name is as open there as on any other port.
 *
 * @param policies The policies of both states of a comparison, so that both get the same numbers.
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
    for (const place of portOwners(entry, selections, endpoints.length))
      for (const { name, protocol } of entry.l4) {
        const proto = TRANSPORT.get(protocol);
        const port = numbers.get(`${name}`);
        if (name === undefined || proto === undefined || port === undefined) continue;
        added[place]?.push({ name, port, protocol: proto, standsFor: { label: name } });
      }
  return endpoints.map((endpoint, place) => {
    const own = endpoint.ports ?? [];
    // A port name is unique in a pod, whatever the protocol.
    const known = new Set(own.map(({ name }) => name));
    const more = inOrder(added[place] ?? []).filter(({ name }) => !known.has(name) && known.add(name));
    return more.length === 0 ? endpoint : { ...endpoint, ports: [...own, ...more] };
  });
}

const protocols = [...TRANSPORT.values()];
const inOrder = (ports: readonly NamedPort[]) =>
  [...ports].sort((a, b) => protocols.indexOf(a.protocol ?? "") - protocols.indexOf(b.protocol ?? ""));

/** The indexes of the endpoints whose ports a rule names: the subjects of ingress rules, and the peers of egress rules. */
function portOwners({ direction, subject, peers }: Entry, selections: Selections, count: number): Iterable<number> {
  if (direction === "ingress") return selections.selected(subject);
  const isEverybody = peers.some((peer) => peer.kind === "labels" && peer.selector.requirements.length === 0);
  if (isEverybody) return Array(count).keys();
  return new Set(peers.flatMap((peer) => selections.selectedBy(peer).identities));
}

/** A number for each port name that no rule uses itself. */
function numbersOf(naming: readonly Entry[], entries: readonly Entry[]): Map<string, number> {
  const taken = new Set(entries.flatMap(({ l4 }) => l4.flatMap(({ port, endPort }) => [port, endPort])));
  const names = [...new Set(naming.flatMap(({ l4 }) => l4.flatMap(({ name }) => name ?? [])))].sort();
  let next = HIGHEST_PLACEHOLDER_PORT;
  return new Map(
    names.map((name) => {
      while (taken.has(next)) next--;
      return [name, next--];
    }),
  );
}
