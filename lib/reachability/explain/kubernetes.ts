import type {
  KubernetesNetworkPolicy,
  KubernetesPeer,
  KubernetesPolicySpec,
  KubernetesPort,
} from "../../cilium/api/from-kubernetes";
import { NAMESPACE_KEY } from "../../cilium/api/labels";
import type { Direction } from "../../cilium/policy/entries";
import type { Peer } from "../../cilium/policy/peer";
import { parsePrefix, prefixContains } from "../../kubernetes/cidr";
import type { LabelExpression, LabelSelector } from "../../kubernetes/label-selector";
import type { Packet, Parties, Party, Talk } from "./parties";
import { blockOf, portsWithout, protocolName, transports } from "./peers";
import { distinguishingTraits, namingTrait, podsOf, selectorsWithout, selectorWith } from "./traits";

type KubernetesRule = NonNullable<KubernetesPolicySpec["ingress"]>[number] &
  NonNullable<KubernetesPolicySpec["egress"]>[number];

const fieldOf = (direction: Direction) => (direction === "ingress" ? "from" : "to");
const NAME_LABEL = "kubernetes.io/metadata.name";

/** A rule of a Kubernetes NetworkPolicy that allows flows of one peer; undefined if such a policy cannot express the peer or a port. */
export function kubernetesRule(
  parties: Parties,
  { metadata }: KubernetesNetworkPolicy,
  direction: Direction,
  peer: Party,
  { packets, isEverything }: Talk,
): KubernetesRule | undefined {
  const named = kubernetesPeer(parties, metadata.namespace || "default", peer);
  if (named === undefined) return undefined;
  if (isEverything) return { [fieldOf(direction)]: [named] };
  const isNamed = ({ protocol, port }: Packet) => transports.includes(protocolName(protocol)) && port !== 0;
  if (!packets.every(isNamed)) return undefined;
  const ports = packets.map(({ protocol, port, endPort }) => ({
    port,
    ...(endPort !== undefined && { endPort }),
    protocol: protocolName(protocol),
  }));
  return { [fieldOf(direction)]: [named], ports };
}

function kubernetesPeer(parties: Parties, namespace: string, peer: Party): KubernetesPeer | undefined {
  if (peer.identity.kind === "reserved") return undefined;
  if (peer.identity.kind === "address") return { ipBlock: { cidr: blockOf(peer) } };
  const naming = namingTrait(peer);
  const own = peer.facts.namespace ?? "";
  const traits = distinguishingTraits(peer, podsOf(parties, own), naming === undefined ? [] : [naming]);
  return {
    podSelector: selectorWith(traits.filter(({ key }) => key !== NAMESPACE_KEY)),
    ...(own !== namespace && { namespaceSelector: { matchLabels: { [NAME_LABEL]: own } } }),
  };
}

/**
 * Rules that together match what a rule matches, except some flows of one peer.
 *
 * @param matched The rule's peers that select the peer, by index. Empty if the rule has no peers and so admits everybody.
 */
export function kubernetesRulesWithout(
  rule: KubernetesRule,
  matched: ReadonlyMap<number, Peer>,
  at: Talk & {
    parties: Parties;
    policy: KubernetesNetworkPolicy;
    direction: Direction;
    peer: Party;
    number: (name: string, protocol: string) => number | undefined;
  },
): KubernetesRule[] {
  const field = fieldOf(at.direction);
  const { ports, [field]: peers, ...rest } = rule;
  const given: readonly KubernetesPeer[] = (peers ?? []).length > 0 ? (peers ?? []) : everybody;
  const isMatched = (place: number) => (peers ?? []).length === 0 || matched.has(place);
  const others = given.flatMap((peer, place) =>
    isMatched(place) ? peerWithout(peer, matched.get(place), at) : [peer],
  );
  const left = portsLeft(ports, at);
  const keep = others.length > 0 ? [{ [field]: others, ...rest, ...(ports && { ports }) }] : [];
  if (left.length === 0) return keep;
  const namespace = at.policy.metadata.namespace || "default";
  const named =
    others.length === 0 ? given : [kubernetesPeer(at.parties, namespace, at.peer)].filter((one) => one !== undefined);
  return named.length === 0 ? keep : [...keep, { [field]: named, ...rest, ports: left }];
}

const everybody: readonly KubernetesPeer[] = [
  { namespaceSelector: {} },
  { ipBlock: { cidr: "0.0.0.0/0" } },
  { ipBlock: { cidr: "::/0" } },
];

function peerWithout(
  peer: KubernetesPeer,
  selecting: Peer | undefined,
  { parties, peer: party }: { parties: Parties; peer: Party },
): KubernetesPeer[] {
  const { podSelector = {}, namespaceSelector, ipBlock } = peer;
  if (ipBlock !== undefined) {
    if (party.identity.kind !== "address") return [peer];
    const [outer, hole] = [parsePrefix(ipBlock.cidr), parsePrefix(blockOf(party))];
    if (outer === undefined || hole === undefined || !prefixContains(outer, hole)) return [peer];
    return outer.bits === hole.bits
      ? []
      : [{ ipBlock: { ...ipBlock, except: [...(ipBlock.except ?? []), blockOf(party)] } }];
  }
  if (party.identity.kind !== "pod") return [peer];
  const others = podsOf(parties).filter(
    (pod) => selecting === undefined || parties.selectsPeer(selecting, pod) === true,
  );
  const traits = distinguishingTraits(party, others);
  return selectorsWithout(podSelector, traits).map((split) => byNamespace(split, namespaceSelector));
}

/** Moves expressions about the namespace from the pod selector into the namespace selector. */
function byNamespace(
  { matchExpressions = [], ...rest }: LabelSelector,
  namespaces: LabelSelector | undefined,
): KubernetesPeer {
  const about = (expression: LabelExpression) => expression.key === NAMESPACE_KEY;
  const own = matchExpressions.filter((expression) => !about(expression));
  const moved = matchExpressions.filter(about).map((expression) => ({ ...expression, key: NAME_LABEL }));
  const podSelector = { ...rest, ...(own.length > 0 && { matchExpressions: own }) };
  if (namespaces === undefined) return { podSelector };
  const inNamespaces =
    moved.length > 0
      ? { ...namespaces, matchExpressions: [...(namespaces.matchExpressions ?? []), ...moved] }
      : namespaces;
  return { podSelector, namespaceSelector: inNamespaces };
}

function portsLeft(
  ports: KubernetesPort[] | undefined,
  { number, ...talk }: Talk & { number: (name: string, protocol: string) => number | undefined },
): KubernetesPort[] {
  if (talk.isEverything) return [];
  const given = (ports ?? []).length > 0 ? (ports ?? []) : transports.map((protocol): KubernetesPort => ({ protocol }));
  const toPorts = [
    {
      ports: given.map(({ port = 0, endPort, protocol = "TCP" }) => ({
        port: String(port),
        ...(endPort !== undefined && { endPort }),
        protocol,
      })),
    },
  ];
  const [left] = portsWithout({ toPorts }, talk, number) ?? [{ toPorts }];
  return (left?.toPorts ?? []).flatMap(({ ports: list = [] }) =>
    list.map(
      ({ port = "0", endPort, protocol = "TCP" }): KubernetesPort => ({
        ...(port !== "0" && { port: /^\d+$/.test(port) ? Number(port) : port }),
        ...(endPort !== undefined && { endPort }),
        protocol,
      }),
    ),
  );
}
