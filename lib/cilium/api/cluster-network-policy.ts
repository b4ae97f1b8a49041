import type { LabelSelector } from "../../kubernetes/label-selector";
import type { ObjectMeta, PolicyTier } from "./policy";

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
