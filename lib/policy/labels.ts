import {
  CLUSTER_KEY,
  K8S_SOURCE,
  NAMESPACE_KEY,
  NAMESPACE_LABELS_PREFIX,
  SERVICE_ACCOUNT_KEY,
  sourcedKey,
} from "../reachability/labels";
import { type LabelExpression, LabelOperator } from "./manifest";

/** Label keys that Cilium adds to a pod's identity, as they are written in a selector. */
export const CiliumLabel = {
  Namespace: sourcedKey(K8S_SOURCE, NAMESPACE_KEY),
  /** Prefix: a label `team` of the namespace is `k8s:io.cilium.k8s.namespace.labels.team`. */
  NamespaceLabels: sourcedKey(K8S_SOURCE, NAMESPACE_LABELS_PREFIX),
  ServiceAccount: sourcedKey(K8S_SOURCE, SERVICE_ACCOUNT_KEY),
  Cluster: sourcedKey(K8S_SOURCE, CLUSTER_KEY),
} as const;

/** Constructors of label expressions, for what equality cannot say. */
export const Label = {
  in: (key: string, values: string[]): LabelExpression => ({ key, operator: LabelOperator.In, values }),
  /** Also true of a pod without the label. */
  notIn: (key: string, values: string[]): LabelExpression => ({ key, operator: LabelOperator.NotIn, values }),
  exists: (key: string): LabelExpression => ({ key, operator: LabelOperator.Exists }),
  doesNotExist: (key: string): LabelExpression => ({ key, operator: LabelOperator.DoesNotExist }),
};

/**
 * Which pods. Either `all`, or labels and expressions that must all hold. Empty is refused: what `{}` means depends on where
 * it stands, so it has to be said.
 */
export interface EndpointSelector {
  all?: boolean;
  matchLabels?: { [key: string]: string };
  matchExpressions?: LabelExpression[];
}

/** Constructors of selectors. */
export const Endpoints = {
  /** Every pod of the policy's namespace; in a clusterwide policy every pod of the cluster. */
  all: (): EndpointSelector => ({ all: true }),
  /** The pods that carry all these labels. */
  labels: (matchLabels: { [key: string]: string }): EndpointSelector => ({ matchLabels }),
  /** The pods of which all these expressions hold. */
  where: (...matchExpressions: LabelExpression[]): EndpointSelector => ({ matchExpressions }),
  /** The pods that run under this service account. */
  serviceAccount: (name: string): EndpointSelector => ({ matchLabels: { [CiliumLabel.ServiceAccount]: name } }),
};

/** Which namespaces a peer's pods are in. Exactly one member. */
export interface NamespaceSelector {
  name?: string;
  /** By the labels of the namespace. */
  matchLabels?: { [key: string]: string };
  /** Every namespace of the cluster. */
  all?: boolean;
}
