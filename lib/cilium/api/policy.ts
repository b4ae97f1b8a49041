/**
 * The CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy manifests of Cilium 1.20 (`cilium.io/v2`), as they stand in
 * YAML and on the API server. Everything that reads or writes policies meets here: the typed model in this folder renders
 * these, the engine in ../reachability evaluates them.
 *
 * Only shapes, no behaviour. Absent, `null`, `[]` and `{}` mean different things to Cilium, so nothing here is normalised.
 */

import type { LabelSelector } from "../../kubernetes/label-selector";

/** The two kinds of policy. */
export type PolicyKind = "CiliumNetworkPolicy" | "CiliumClusterwideNetworkPolicy";

/** A policy as it stands in YAML. */
export interface PolicyManifest {
  /** The group and version of the two kinds. */
  apiVersion: "cilium.io/v2";
  /** Which of the two. */
  kind: PolicyKind;
  /** Name, namespace, labels and annotations. */
  metadata: ObjectMeta;
  /** One rule … */
  spec?: Rule;
  /** … or several under one name. Cilium evaluates both when both are given. */
  specs?: Rule[];
}

/** A policy that can be evaluated: one of Cilium's own, or a Kubernetes NetworkPolicy said in its terms, see `fromKubernetes`. */
export interface EvaluatedPolicy extends Omit<PolicyManifest, "apiVersion" | "kind"> {
  /** What it is in the cluster. */
  kind: PolicyKind | "NetworkPolicy";
}

export interface ObjectMeta {
  name: string;
  /** Only on a CiliumNetworkPolicy. Absent means `default`, as kubectl does. */
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/** Exactly one of `endpointSelector` and `nodeSelector`; `nodeSelector` only in a clusterwide policy. */
export interface Rule {
  endpointSelector?: LabelSelector;
  nodeSelector?: LabelSelector;
  ingress?: IngressRule[];
  ingressDeny?: IngressRule[];
  egress?: EgressRule[];
  egressDeny?: EgressRule[];
  enableDefaultDeny?: { ingress?: boolean; egress?: boolean };
  labels?: unknown[];
  description?: string;
  log?: { value?: string };
}

/** At most one peer field may be set; `toPorts` and `icmps` exclude each other. */
export interface IngressRule {
  fromEndpoints?: LabelSelector[];
  fromRequires?: string[];
  fromCIDR?: string[];
  fromCIDRSet?: CidrRule[];
  fromEntities?: string[];
  fromGroups?: unknown[];
  fromNodes?: LabelSelector[];
  toPorts?: PortRule[];
  icmps?: IcmpRule[];
  authentication?: { mode: string };
}

/** At most one peer field may be set; `toPorts` and `icmps` exclude each other. */
export interface EgressRule {
  toEndpoints?: LabelSelector[];
  toRequires?: string[];
  toCIDR?: string[];
  toCIDRSet?: CidrRule[];
  toEntities?: string[];
  toServices?: ServiceSelector[];
  toFQDNs?: FqdnSelector[];
  toGroups?: unknown[];
  toNodes?: LabelSelector[];
  toPorts?: PortRule[];
  icmps?: IcmpRule[];
  authentication?: { mode: string };
}

/** Exactly one of `cidr`, `cidrGroupRef` and `cidrGroupSelector`. */
export interface CidrRule {
  cidr?: string;
  cidrGroupRef?: string;
  cidrGroupSelector?: LabelSelector;
  except?: string[];
}

export interface ServiceSelector {
  k8sService?: { serviceName?: string; namespace?: string };
  k8sServiceSelector?: { selector: LabelSelector; namespace?: string };
}

export interface FqdnSelector {
  matchName?: string;
  matchPattern?: string;
}

export interface PortRule {
  ports?: PortProtocol[];
  rules?: L7Rules;
  listener?: unknown;
  originatingTLS?: unknown;
  terminatingTLS?: unknown;
  serverNames?: string[];
}

export interface PortProtocol {
  /** A number as a string, or a port's name. `"0"` is any port. */
  port?: string;
  endPort?: number;
  /** Absent means `ANY`: TCP, UDP and SCTP. */
  protocol?: string;
}

export interface L7Rules {
  http?: unknown[];
  dns?: unknown[];
  kafka?: unknown[];
  l7proto?: string;
  l7?: unknown[];
}

export interface IcmpRule {
  fields?: { family?: "IPv4" | "IPv6"; type: number | string }[];
}
