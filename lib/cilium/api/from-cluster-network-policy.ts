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

/** The rule and the peer of it that an item of the translation comes from. */
export interface OrderedOrigin {
  /** Its place in the original's list. */
  rule: number;
  /** Its place among the rule's peers. */
  peer: number;
}

/** A ClusterNetworkPolicy in Cilium's terms. */
export interface TranslatedClusterPolicy {
  /** What can be evaluated. */
  policy: EvaluatedPolicy;
  /** Where its items stand in the original. */
  origins: Readonly<Record<ItemList, readonly OrderedOrigin[]>>;
}

interface Translated {
  rule: Rule;
  ordered: OrderedRules;
  origins: Record<ItemList, OrderedOrigin[]>;
}

/**
 * Says a ClusterNetworkPolicy in Cilium's terms, as its agent does (`ParseClusterNetworkPolicy` in `pkg/k8s`). No rule of it denies anybody by
 * default, and each peer is an item of its own.
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
    // A hundredth a rule, as Cilium counts: a policy has 25 at most.
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
  // Cilium's proxy has to see the answers by which it knows the names' addresses.
  const dns: IngressRule & EgressRule = {
    toEndpoints: [{ matchLabels: { "any:k8s-app": "kube-dns" } }],
    toPorts: [{ ports: [{ port: "dns" }, { port: "dns-tcp" }], rules: { dns: toFQDNs } }],
  };
  return [
    { item: dns, anyCluster: true },
    { item: { toFQDNs, ...ports }, anyCluster: true },
  ];
}

/** Only what the selector of pods says of its cluster counts, as Kubernetes spells a label (`isPodSelectorSelectingCluster`). */
function namesCluster({ podSelector: { matchLabels = {}, matchExpressions = [] } }: NamespacedPods): boolean {
  return Boolean(matchLabels[CLUSTER_KEY]) || matchExpressions.some(({ key }) => key === CLUSTER_KEY);
}

/** What the selector of pods says of a label counts. */
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
 * The ports of a name. No pod has one with capital letters, and Cilium does not make them small here. What cannot be a name is a number to
 * Cilium, as Go reads one; it looks at neither error, so what is no number either is every port, and one that is too high the highest.
 */
function namedPorts(name: string): PortProtocol[] {
  if (isPortName(name)) return name === name.toLowerCase() ? [{ port: name }] : [];
  return [{ port: String(portNumberOf(name)) }];
}

/** What `strconv.ParseUint(text, 0, 16)` returns where its error is not looked at. */
function portNumberOf(text: string): number {
  return Math.min(parseUnsigned(text) ?? 0, 0xffff);
}

/** Keys that name a source keep it. An operator that does not exist is a condition less, to Cilium. */
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

/** An empty selector of namespaces is all of them. */
function ofNamespaces(selector: LabelSelector): Required<LabelSelector> {
  const isEmpty = Object.keys(selector.matchLabels ?? {}).length + (selector.matchExpressions ?? []).length === 0;
  return isEmpty
    ? { matchLabels: {}, matchExpressions: [{ key: CiliumLabel.Namespace, operator: "Exists" }] }
    : sourced(selector, NAMESPACE_LABELS_PREFIX);
}
