import type { LabelExpression, LabelSelector } from "../../kubernetes/label-selector";
import { CiliumLabel } from "./endpoint-selector";
import { NAMESPACE_LABELS_PREFIX } from "./labels";
import type { CidrRule, EvaluatedPolicy, IngressRule, ObjectMeta, PortRule } from "./policy";

/** A Kubernetes NetworkPolicy (`networking.k8s.io/v1`), which Cilium enforces beside its own. */
export interface KubernetesNetworkPolicy {
  /** The group and version. */
  apiVersion: "networking.k8s.io/v1";
  /** Always this one. */
  kind: "NetworkPolicy";
  /** Name and namespace; without one `default`. */
  metadata: ObjectMeta;
  /** Absent: no ingress for any pod of the namespace. */
  spec?: KubernetesPolicySpec;
}

/** What a Kubernetes NetworkPolicy says. */
export interface KubernetesPolicySpec {
  /** The pods of its namespace that it is about. Default: all. */
  podSelector?: LabelSelector;
  /** The directions that it closes. Default: ingress. Egress counts where it has rules, too. */
  policyTypes?: ("Ingress" | "Egress")[];
  /** Who may connect; a rule without `from` admits everybody, one without `ports` on every port. */
  ingress?: {
    /** Absent or empty: everybody. */
    from?: KubernetesPeer[];
    /** Absent or empty: every port. */
    ports?: KubernetesPort[];
  }[];
  /** Where the pods may connect to, likewise. */
  egress?: {
    /** Absent or empty: everybody. */
    to?: KubernetesPeer[];
    /** Absent or empty: every port. */
    ports?: KubernetesPort[];
  }[];
}

/** A selector of pods, of namespaces or of both at once, or a block of addresses. */
export interface KubernetesPeer {
  /** By their labels; in the policy's namespace unless `namespaceSelector` is given. */
  podSelector?: LabelSelector;
  /** Namespaces by their labels; `{}` is all of them. */
  namespaceSelector?: LabelSelector;
  /** Addresses outside the cluster. */
  ipBlock?: {
    /** `address/bits` */
    cidr: string;
    /** Blocks within it that do not count. */
    except?: string[];
  };
}

/** Ports of a rule. */
export interface KubernetesPort {
  /** A number or a port's name. Absent: every port of the protocol. */
  port?: number | string;
  /** With a number in `port`: the last of a range. */
  endPort?: number;
  /** Default TCP. */
  protocol?: string;
}

/** A NetworkPolicy in Cilium's terms, and where each item of its rule stands in the original. */
export interface TranslatedPolicy {
  /** What can be evaluated. */
  policy: EvaluatedPolicy;
  /** Of the items of its `ingress`, in their order. */
  ingress: readonly ItemOrigin[];
  /** Of the items of its `egress`. */
  egress: readonly ItemOrigin[];
}

/** The rule of an item, and the peer in it; undefined of an item that was made because a direction has no rule. */
export interface ItemOrigin {
  /** Its place in the original's list. */
  rule?: number;
  /** Its place among the rule's peers. */
  peer?: number;
}

/**
 * Says a Kubernetes NetworkPolicy in Cilium's terms, as its agent does (`ParseNetworkPolicy` in `pkg/k8s`). The two read the same text
 * differently: `ingress: [{}]` admits everybody here, and nobody in a CiliumNetworkPolicy.
 *
 * @example
 * const { policy } = fromKubernetes({
 *   apiVersion: "networking.k8s.io/v1",
 *   kind: "NetworkPolicy",
 *   metadata: { name: "db", namespace: "shop" },
 *   spec: { podSelector: { matchLabels: { app: "db" } }, policyTypes: ["Ingress"] },
 * });
 * compile([policy], scenario);
 */
export function fromKubernetes({ metadata, spec = {} }: KubernetesNetworkPolicy): TranslatedPolicy {
  const { podSelector = {}, policyTypes = [] } = spec;
  const namespace = metadata.namespace || "default";
  const given = {
    ingress: (spec.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports })),
    egress: (spec.egress ?? []).map(({ to, ports }) => ({ peers: to, ports })),
  };
  const items = (direction: "ingress" | "egress") =>
    given[direction].flatMap(({ peers = [], ports = [] }, rule): Translated[] => {
      const toPorts = ports.length > 0 ? ports.map(portRule) : undefined;
      if (peers.length === 0) return [{ origin: { rule }, peer: { entities: ["all"] }, toPorts }];
      return peers.map((peer, index) => ({
        origin: { rule, peer: index },
        peer: translatePeer(peer, namespace),
        toPorts,
      }));
    });
  const [ingress, egress] = [items("ingress"), items("egress")];
  // Without policyTypes, ingress counts, whether or not it has rules.
  const ingressIsDenied = policyTypes.includes("Ingress") || !policyTypes.includes("Egress");
  if (ingress.length === 0 && ingressIsDenied) ingress.push({ origin: {} });
  if (egress.length === 0 && policyTypes.includes("Egress")) egress.push({ origin: {} });
  return {
    policy: {
      kind: "NetworkPolicy",
      metadata,
      spec: {
        endpointSelector: k8sSelector(podSelector),
        ...(ingress.length > 0 && { ingress: ingress.map((item) => itemOf(item, "from")) }),
        ...(egress.length > 0 && { egress: egress.map((item) => itemOf(item, "to")) }),
      },
    },
    ingress: ingress.map(({ origin }) => origin),
    egress: egress.map(({ origin }) => origin),
  };
}

interface Translated {
  origin: ItemOrigin;
  peer?: { entities?: string[]; endpoints?: LabelSelector[]; cidrSet?: CidrRule[] };
  toPorts?: PortRule[] | undefined;
}

function itemOf({ peer = {}, toPorts }: Translated, side: "from" | "to"): IngressRule {
  const { entities, endpoints, cidrSet } = peer;
  return {
    ...(entities && { [`${side}Entities`]: entities }),
    ...(endpoints && { [`${side}Endpoints`]: endpoints }),
    ...(cidrSet && { [`${side}CIDRSet`]: cidrSet }),
    ...(toPorts && { toPorts }),
  };
}

function translatePeer(
  { podSelector = {}, namespaceSelector, ipBlock }: KubernetesPeer,
  namespace: string,
): NonNullable<Translated["peer"]> {
  if (ipBlock !== undefined) {
    const { cidr, except } = ipBlock;
    return { cidrSet: [{ cidr, ...(except && except.length > 0 && { except }) }] };
  }
  const pods = k8sSelector(podSelector);
  const scope = namespaceSelector === undefined ? ofNamespace(namespace) : ofNamespaces(namespaceSelector);
  // In this order: a pod selector cannot lead out of its namespace by naming another one.
  return {
    endpoints: [
      {
        matchLabels: { ...pods.matchLabels, ...scope.matchLabels },
        matchExpressions: [...(pods.matchExpressions ?? []), ...(scope.matchExpressions ?? [])],
      },
    ],
  };
}

const ofNamespace = (name: string): LabelSelector => ({ matchLabels: { [CiliumLabel.Namespace]: name } });

/** An empty selector of namespaces is all of them. */
function ofNamespaces(selector: LabelSelector): LabelSelector {
  const labels = k8sSelector(selector, NAMESPACE_LABELS_PREFIX);
  const isEmpty = Object.keys(labels.matchLabels ?? {}).length + (labels.matchExpressions ?? []).length === 0;
  return isEmpty ? { matchExpressions: [{ key: CiliumLabel.Namespace, operator: "Exists" }] } : labels;
}

/** Kubernetes knows no sources of labels: all are its own. */
function k8sSelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector, prefix = ""): LabelSelector {
  const keyed = (key: string) => `k8s:${prefix}${key}`;
  return {
    matchLabels: Object.fromEntries(Object.entries(matchLabels).map(([key, value]) => [keyed(key), value])),
    matchExpressions: matchExpressions.map(
      (expression): LabelExpression => ({ ...expression, key: keyed(expression.key) }),
    ),
  };
}

function portRule({ port = 0, endPort, protocol = "TCP" }: KubernetesPort): PortRule {
  return { ports: [{ port: String(port), ...(endPort !== undefined && { endPort }), protocol }] };
}
