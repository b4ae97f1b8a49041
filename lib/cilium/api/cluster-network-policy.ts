import type { LabelSelector } from "../../kubernetes/label-selector";
import type { ObjectMeta, PolicyTier } from "./policy";

/** A Kubernetes ClusterNetworkPolicy (`policy.networking.k8s.io/v1alpha2`), which Cilium enforces if its agent is configured to. */
export interface ClusterNetworkPolicy {
  /** The group and version. */
  apiVersion: "policy.networking.k8s.io/v1alpha2";
  /** Always this one. */
  kind: "ClusterNetworkPolicy";
  /** Its name; it has no namespace. */
  metadata: ObjectMeta;
  /** The policy itself. */
  spec: ClusterNetworkPolicySpec;
}

/** The spec of a ClusterNetworkPolicy. */
export interface ClusterNetworkPolicySpec {
  /** `Admin` is evaluated before all other policies, `Baseline` after them. */
  tier: PolicyTier;
  /** From 0 to 1000. Within a tier, lower values are evaluated first. */
  priority: number;
  /** The pods that it applies to: all of some namespaces, or some of them. */
  subject: {
    /** All pods of these namespaces. */
    namespaces?: LabelSelector;
    /** Some pods of some namespaces. */
    pods?: NamespacedPods;
  };
  /** Rules for incoming connections. The first one that matches decides. */
  ingress?: OrderedRule<"from">[];
  /** Rules for outgoing connections. The first one that matches decides. */
  egress?: OrderedRule<"to">[];
}

/** A rule of a ClusterNetworkPolicy. */
export type OrderedRule<Side extends "from" | "to"> = {
  /** For messages. */
  name?: string;
  /** `Pass` skips the rest of the tier. */
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
  /** Nodes. Cilium accepts them only with `--enable-node-selector-labels`. */
  nodes?: LabelSelector;
  /** Blocks of addresses. */
  networks?: string[];
  /** DNS names, only with the action `Accept`. A leading `*.` stands for one or more labels. */
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
  /** The name of a pod's port, of any protocol. */
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
