import { LabelOperator, type LabelSelector } from "../../kubernetes/label-selector";
import { isPortName, parseUnsigned } from "../../kubernetes/ports";
import type {
  ClusterNetworkPolicy,
  ClusterNetworkPolicySpec,
  NamespacedPods,
  OrderedPeer,
  OrderedProtocol,
} from "./cluster-network-policy";
import { CiliumLabel } from "./endpoint-selector";
import { CLUSTER_KEY, NAMESPACE_LABELS_PREFIX, splitSource } from "./labels";
import type {
  EgressRule,
  EvaluatedPolicy,
  IngressRule,
  ItemList,
  ItemOrder,
  OrderedRules,
  PortProtocol,
  PortRule,
  Rule,
} from "./policy";

/** The rule and the peer that an item of the translation comes from. */
export interface OrderedOrigin {
  /** The rule's index in the original. */
  rule: number;
  /** The peer's index in the rule. */
  peer: number;
}

/** A ClusterNetworkPolicy in Cilium's terms. */
export interface TranslatedClusterPolicy {
  /** The translation. */
  policy: EvaluatedPolicy;
  /** The origin of each of its items. */
  origins: Readonly<Record<ItemList, readonly OrderedOrigin[]>>;
}

interface Translated {
  rule: Rule;
  ordered: OrderedRules;
  origins: Record<ItemList, OrderedOrigin[]>;
}

/**
 * Translates a ClusterNetworkPolicy to Cilium's terms, as its agent does (`ParseClusterNetworkPolicy` in `pkg/k8s`). None of its rules turns on
 * default deny, and each peer becomes a separate item.
 *
 * @example
 * const { policy } = fromClusterNetworkPolicy({
 *   apiVersion: "policy.networking.k8s.io/v1alpha2",
 *   kind: "ClusterNetworkPolicy",
 *   metadata: { name: "tenants" },
 *   spec: {
 *     tier: "Admin",
 *     priority: 10,
 *     subject: { namespaces: { matchLabels: { tenant: "a" } } },
 *     ingress: [{ action: "Deny", from: [{ namespaces: { matchLabels: { tenant: "b" } } }] }],
 *   },
 * });
 * compile([policy], scenario);
 */
export function fromClusterNetworkPolicy({ metadata, spec }: ClusterNetworkPolicy): TranslatedClusterPolicy {
  const { rule, ordered, origins } = translated(spec);
  return { policy: { kind: "ClusterNetworkPolicy", metadata, spec: rule, ordered }, origins };
}

function translated({ tier, priority, subject, ingress = [], egress = [] }: ClusterNetworkPolicySpec): Translated {
  const lists: Record<ItemList, (IngressRule & EgressRule)[]> = {
    ingress: [],
    ingressDeny: [],
    egress: [],
    egressDeny: [],
  };
  const orders: Record<ItemList, ItemOrder[]> = { ingress: [], ingressDeny: [], egress: [], egressDeny: [] };
  const origins: Record<ItemList, OrderedOrigin[]> = { ingress: [], ingressDeny: [], egress: [], egressDeny: [] };
  const rules = [
    ...ingress.map(({ from, ...rest }, place) => ({ ...rest, peers: from, side: "from" as const, place })),
    ...egress.map(({ to, ...rest }, place) => ({ ...rest, peers: to, side: "to" as const, place })),
  ];
  for (const { action, protocols, peers, side, place } of rules) {
    const direction = side === "from" ? "ingress" : "egress";
    const list: ItemList = action === "Deny" ? `${direction}Deny` : direction;
    // Cilium adds a hundredth per rule; a policy has 25 rules at most.
    const order: ItemOrder = { priority: priority + place / 100, ...(action === "Pass" && { passes: true }) };
    const toPorts = protocols?.map(portRule);
    for (const [peer, given] of peers.entries()) {
      for (const { item, anyCluster } of itemsOf(given, side, toPorts)) {
        lists[list].push(item);
        orders[list].push({ ...order, ...(anyCluster && { anyCluster }) });
        origins[list].push({ rule: place, peer });
      }
    }
  }
  const rule: Rule = {
    endpointSelector: subject.namespaces === undefined ? podsOf(subject.pods) : ofNamespaces(subject.namespaces),
    enableDefaultDeny: { ingress: false, egress: false },
    ...Object.fromEntries(Object.entries(lists).filter(([, items]) => items.length > 0)),
  };
  return { rule, ordered: { tier, items: orders }, origins };
}

interface Item {
  item: IngressRule & EgressRule;
  anyCluster: boolean;
}

function itemsOf(peer: OrderedPeer, side: "from" | "to", toPorts: PortRule[] | undefined): Item[] {
  const ports = toPorts && { toPorts };
  if (peer.pods !== undefined)
    return [{ item: { [`${side}Endpoints`]: [podsOf(peer.pods)], ...ports }, anyCluster: namesCluster(peer.pods) }];
  if (peer.namespaces !== undefined)
    return [{ item: { [`${side}Endpoints`]: [ofNamespaces(peer.namespaces)], ...ports }, anyCluster: true }];
  if (peer.networks !== undefined) return [{ item: { toCIDR: peer.networks, ...ports }, anyCluster: true }];
  if (peer.nodes !== undefined) return [{ item: { toNodes: [peer.nodes], ...ports }, anyCluster: true }];
  const toFQDNs = (peer.domainNames ?? []).map((name) =>
    name.startsWith("*") ? { matchPattern: name.startsWith("**") ? name : `*${name}` } : { matchName: name },
  );
  // Cilium learns the addresses of names from the DNS responses that its proxy sees.
  const dns: IngressRule & EgressRule = {
    toEndpoints: [{ matchLabels: { "any:k8s-app": "kube-dns" } }],
    toPorts: [{ ports: [{ port: "dns" }, { port: "dns-tcp" }], rules: { dns: toFQDNs } }],
  };
  return [
    { item: dns, anyCluster: true },
    { item: { toFQDNs, ...ports }, anyCluster: true },
  ];
}

/** Whether the pod selector selects by cluster. Only a key without a source counts (`isPodSelectorSelectingCluster`). */
function namesCluster({ podSelector: { matchLabels = {}, matchExpressions = [] } }: NamespacedPods): boolean {
  return Boolean(matchLabels[CLUSTER_KEY]) || matchExpressions.some(({ key }) => key === CLUSTER_KEY);
}

/** If both selectors name a label, that of pods wins. */
function podsOf({ namespaceSelector = {}, podSelector = {} }: NamespacedPods = { podSelector: {} }): LabelSelector {
  const namespaces = ofNamespaces(namespaceSelector);
  const pods = sourced(podSelector);
  return {
    matchLabels: { ...namespaces.matchLabels, ...pods.matchLabels },
    matchExpressions: [...namespaces.matchExpressions, ...pods.matchExpressions],
  };
}

function portRule({ destinationNamedPort = "", ...protocols }: OrderedProtocol): PortRule {
  for (const protocol of ["TCP", "UDP", "SCTP"] as const) {
    const given = protocols[protocol.toLowerCase() as "tcp" | "udp" | "sctp"];
    if (given === undefined) continue;
    const { number = 0, range } = given.destinationPort ?? {};
    const port: PortProtocol =
      range === undefined
        ? { port: String(number), protocol }
        : { port: String(range.start), endPort: range.end, protocol };
    return { ports: [port] };
  }
  return { ports: namedPorts(destinationNamedPort) };
}

/**
 * The ports of `destinationNamedPort`. Cilium does not lower-case the name here, so that one with capital letters matches no pod. It reads what is
 * not a port name as a number and ignores Go's parse errors: no number is every port, and one that is out of range is the highest.
 */
function namedPorts(name: string): PortProtocol[] {
  if (isPortName(name)) return name === name.toLowerCase() ? [{ port: name }] : [];
  return [{ port: String(portNumberOf(name)) }];
}

/** The result of `strconv.ParseUint(text, 0, 16)` if its error is ignored. */
function portNumberOf(text: string): number {
  return Math.min(parseUnsigned(text) ?? 0, 0xffff);
}

/** Adds a source to keys without one. Cilium ignores expressions with an unknown operator. */
function sourced({ matchLabels = {}, matchExpressions = [] }: LabelSelector, prefix = ""): Required<LabelSelector> {
  const keyed = (key: string) => (splitSource(prefix + key).source === "" ? `k8s:${prefix}${key}` : `${prefix}${key}`);
  return {
    matchLabels: Object.fromEntries(Object.entries(matchLabels).map(([key, value]) => [keyed(key), value])),
    matchExpressions: matchExpressions
      .filter(({ operator }) => OPERATORS.has(operator))
      .map((expression) => ({ ...expression, key: keyed(expression.key) })),
  };
}

const OPERATORS: ReadonlySet<string> = new Set(Object.values(LabelOperator));

/** An empty namespace selector selects all namespaces. */
function ofNamespaces(selector: LabelSelector): Required<LabelSelector> {
  const isEmpty = Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0;
  return isEmpty
    ? { matchLabels: {}, matchExpressions: [{ key: CiliumLabel.Namespace, operator: "Exists" }] }
    : sourced(selector, NAMESPACE_LABELS_PREFIX);
}
