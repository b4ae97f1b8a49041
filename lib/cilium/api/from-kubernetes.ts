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
  /** Name and namespace. Default namespace: `default`. */
  metadata: ObjectMeta;
  /** Absent: no ingress for any pod of the namespace. */
  spec?: KubernetesPolicySpec;
}

/** The spec of a Kubernetes NetworkPolicy. */
export interface KubernetesPolicySpec {
  /** The pods of its namespace that it applies to. Default: all. */
  podSelector?: LabelSelector;
  /** The directions with default deny. Default: ingress, and egress if it has egress rules. */
  policyTypes?: ("Ingress" | "Egress")[];
  /** Connections to allow to the pods. */
  ingress?: {
    /** Absent or empty: everybody. */
    from?: KubernetesPeer[];
    /** Absent or empty: every port. */
    ports?: KubernetesPort[];
  }[];
  /** Connections to allow from the pods. */
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
    /** Excluded blocks inside `cidr`. */
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

/** A NetworkPolicy in Cilium's terms, with the origin of each of its items. */
export interface TranslatedPolicy {
  /** The translation. */
  policy: EvaluatedPolicy;
  /** The origins of its `ingress` items, in their order. */
  ingress: readonly ItemOrigin[];
  /** The origins of its `egress` items, in their order. */
  egress: readonly ItemOrigin[];
}

/** The rule and the peer that an item comes from. Both are absent for the empty item of a direction without rules. */
export interface ItemOrigin {
  /** The rule's index in the original. */
  rule?: number;
  /** The peer's index in the rule. */
  peer?: number;
}

/**
 * Translates a Kubernetes NetworkPolicy to Cilium's terms, as its agent does (`ParseNetworkPolicy` in `pkg/k8s`). The same text means different
 * things in the two: `ingress: [{}]` admits everybody here, and nobody in a CiliumNetworkPolicy.
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
  // Without policyTypes, ingress has default deny even without rules.
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
  // In this order, so that a pod selector cannot replace the namespace.
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

/** An empty namespace selector selects all namespaces. */
function ofNamespaces(selector: LabelSelector): LabelSelector {
  const labels = k8sSelector(selector, NAMESPACE_LABELS_PREFIX);
  const isEmpty = Object.keys(labels.matchLabels ?? {}).length + (labels.matchExpressions ?? []).length === 0;
  return isEmpty ? { matchExpressions: [{ key: CiliumLabel.Namespace, operator: "Exists" }] } : labels;
}

/** Labels in Kubernetes have no source, so that every key gets the source `k8s`. */
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
