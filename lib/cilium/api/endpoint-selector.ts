import type { OneOf } from "../../common/one-of";
import { type LabelExpression, LabelOperator } from "../../kubernetes/label-selector";
import {
  CLUSTER_KEY,
  K8S_SOURCE,
  NAMESPACE_KEY,
  NAMESPACE_LABELS_PREFIX,
  SERVICE_ACCOUNT_KEY,
  sourcedKey,
} from "./labels";

/**
 * Keys of the labels that Cilium adds to a pod's identity, as written in a selector.
 *
 * @example
 * Endpoints.where(Label.exists(`${CiliumLabel.NamespaceLabels}team`)); // pods of the namespaces with a label `team`
 */
export const CiliumLabel = {
  /** The name of the namespace. */
  Namespace: sourcedKey(K8S_SOURCE, NAMESPACE_KEY),
  /** Prefix: a label `team` of the namespace is `k8s:io.cilium.k8s.namespace.labels.team`. */
  NamespaceLabels: sourcedKey(K8S_SOURCE, NAMESPACE_LABELS_PREFIX),
  /** The name of the service account. */
  ServiceAccount: sourcedKey(K8S_SOURCE, SERVICE_ACCOUNT_KEY),
  /** Cilium's `cluster.name`. */
  Cluster: sourcedKey(K8S_SOURCE, CLUSTER_KEY),
} as const;

/**
 * Constructors of label expressions, for conditions other than equality.
 *
 * @example
 * Endpoints.where(Label.in("tier", ["web", "api"]), Label.doesNotExist("legacy"));
 */
export const Label = {
  /** Holds for a pod whose label has one of these values. */
  in: (key: string, values: string[]): LabelExpression => ({ key, operator: LabelOperator.In, values }),
  /** Holds for a pod whose label has none of these values, and for one without the label. */
  notIn: (key: string, values: string[]): LabelExpression => ({ key, operator: LabelOperator.NotIn, values }),
  /** Holds for a pod that has the label, with any value. */
  exists: (key: string): LabelExpression => ({ key, operator: LabelOperator.Exists }),
  /** Holds for a pod without the label. */
  doesNotExist: (key: string): LabelExpression => ({ key, operator: LabelOperator.DoesNotExist }),
};

/**
 * A selector of pods: either `all`, or labels and expressions that must all hold. An empty one is refused, because the meaning of `{}` depends on the
 * context.
 */
export type EndpointSelector = OneOf<EveryEndpoint | LabelledEndpoints>;

/** Every pod there is: of the namespace, or in a clusterwide policy of the cluster. */
export interface EveryEndpoint {
  /** Always true. */
  all: true;
}

/** The pods for which all labels and expressions hold. At least one has to be given. */
export interface LabelledEndpoints {
  /** Labels that the pods carry, all of them. */
  matchLabels?: { [key: string]: string };
  /** Expressions that hold for the pods, all of them. */
  matchExpressions?: LabelExpression[];
}

/**
 * Constructors of selectors.
 *
 * @example
 * networkPolicy({ name: "web", namespace: "shop", endpointSelector: Endpoints.labels({ app: "web" }), ingress: denyAllIngress });
 */
export const Endpoints = {
  /** Every pod of the policy's namespace; in a clusterwide policy every pod of the cluster. */
  all: (): EndpointSelector => ({ all: true }),
  /** The pods that carry all these labels. */
  labels: (matchLabels: { [key: string]: string }): EndpointSelector => ({ matchLabels }),
  /** The pods for which all these expressions hold. */
  where: (...matchExpressions: LabelExpression[]): EndpointSelector => ({ matchExpressions }),
  /** The pods that run under this service account. */
  serviceAccount: (name: string): EndpointSelector => ({ matchLabels: { [CiliumLabel.ServiceAccount]: name } }),
};

/** Which namespaces a peer's pods are in. */
export type NamespaceSelector = OneOf<NamedNamespace | LabelledNamespaces | EveryNamespace>;

/** The one namespace of a name. */
export interface NamedNamespace {
  /** Its name. */
  name: string;
}

/** Namespaces by their labels. */
export interface LabelledNamespaces {
  /** Labels that the namespaces carry, all of them. */
  matchLabels: { [key: string]: string };
}

/** Every namespace of the cluster. */
export interface EveryNamespace {
  /** Always true. */
  all: true;
}
