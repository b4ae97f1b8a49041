import { type Problem, problem } from "../../common/problem";
import { LabelOperator, type LabelSelector } from "../../kubernetes/label-selector";
import { isPortName, parseUnsigned } from "../../kubernetes/ports";
import { CiliumLabel } from "./endpoint-selector";
import { fqdnProblem } from "./fqdn";
import { CLUSTER_KEY, NAMESPACE_LABELS_PREFIX, splitSource } from "./labels";
import type {
  EgressRule,
  EvaluatedPolicy,
  IngressRule,
  ItemList,
  ItemOrder,
  ObjectMeta,
  OrderedRules,
  PolicyTier,
  PortProtocol,
  PortRule,
  Rule,
} from "./policy";

/** A Kubernetes ClusterNetworkPolicy (`policy.networking.k8s.io/v1alpha2`), which Cilium enforces where its agent is told to. */
export interface ClusterNetworkPolicy {
  /** The group and version. */
  apiVersion: "policy.networking.k8s.io/v1alpha2";
  /** Always this one. */
  kind: "ClusterNetworkPolicy";
  /** Its name; it has no namespace. */
  metadata: ObjectMeta;
  /** What it says. */
  spec: ClusterNetworkPolicySpec;
}

/** What a ClusterNetworkPolicy says. */
export interface ClusterNetworkPolicySpec {
  /** `Admin` is asked before all other policies, `Baseline` after them. */
  tier: PolicyTier;
  /** From 0 to 1000; within a tier the lower is asked first. */
  priority: number;
  /** The pods that it is about: of namespaces, or some of them. */
  subject: {
    /** All pods of these namespaces. */
    namespaces?: LabelSelector;
    /** Some pods of some namespaces. */
    pods?: NamespacedPods;
  };
  /** Rules about who connects, of which the first that fits decides. */
  ingress?: OrderedRule<"from">[];
  /** Rules about whom the pods connect to, likewise. */
  egress?: OrderedRule<"to">[];
}

/** A rule of a ClusterNetworkPolicy. */
export type OrderedRule<Side extends "from" | "to"> = {
  /** For messages. */
  name?: string;
  /** `Pass` skips what is left of the tier. */
  action: "Accept" | "Deny" | "Pass";
  /** Absent: everything. */
  protocols?: OrderedProtocol[];
} & { [Field in Side]: OrderedPeer[] };

/** Exactly one of the members. Ingress has the first two. */
export interface OrderedPeer {
  /** All pods of namespaces. */
  namespaces?: LabelSelector;
  /** Some pods of namespaces. */
  pods?: NamespacedPods;
  /** Nodes, which Cilium takes only with `--enable-node-selector-labels`. */
  nodes?: LabelSelector;
  /** Blocks of addresses. */
  networks?: string[];
  /** DNS names, only in a rule that accepts. A leading `*.` stands for one label or more. */
  domainNames?: string[];
}

/** Pods of namespaces. */
export interface NamespacedPods {
  /** Absent or empty: all namespaces. */
  namespaceSelector?: LabelSelector;
  /** Empty: all pods. */
  podSelector: LabelSelector;
}

/** Exactly one of the members. */
export interface OrderedProtocol {
  /** A port of TCP. */
  tcp?: TransportPort;
  /** A port of UDP. */
  udp?: TransportPort;
  /** A port of SCTP. */
  sctp?: TransportPort;
  /** The name that a pod gives a port, of any protocol. */
  destinationNamedPort?: string;
}

/** The ports of one protocol. */
export interface TransportPort {
  /** Default: every port. */
  destinationPort?: DestinationPort;
}

/** A port or a range. */
export interface DestinationPort {
  /** One port. */
  number?: number;
  /** First and last. */
  range?: {
    /** The first. */
    start: number;
    /** The last. */
    end: number;
  };
}

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

/** Why Cilium's agent refuses a ClusterNetworkPolicy that the API server has taken: no rule of it is then in force. */
export function clusterPolicyRefusals({ spec = {}, ordered }: EvaluatedPolicy, l7Proxy: boolean): Problem[] {
  return (["egress", "egressDeny"] as const).flatMap((list) =>
    (spec[list] ?? []).flatMap((item: EgressRule, index): Problem[] => {
      const at = ["spec", list, index, item.toNodes === undefined ? "toFQDNs" : "toNodes"];
      if (item.toNodes !== undefined)
        return [
          problem(
            "invalid-peer",
            at,
            "peers by nodes need the agent's --enable-node-selector-labels, which is off by default",
          ),
        ];
      if (item.toFQDNs === undefined) return [];
      if (list === "egressDeny" || ordered?.items.egress[index]?.passes === true)
        return [problem("invalid-peer", at, "Cilium takes domainNames only in a rule with the action Accept")];
      if (!l7Proxy) return [problem("invalid-peer", at, "domainNames need Cilium's L7 proxy, which is off")];
      const reasons = item.toFQDNs.map(fqdnProblem).filter((reason) => reason !== undefined);
      return reasons.map((reason) => problem("invalid-peer", at, reason));
    }),
  );
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
