/**
 * The CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy manifests of Cilium 1.20 (`cilium.io/v2`), as in YAML and on the API server. Everything
 * that reads or writes policies shares these types: the typed model in `../model` renders them, and the engine in `../policy` evaluates them.
 *
 * Only shapes, no behaviour. Absent, `null`, `[]` and `{}` mean different things to Cilium, so nothing here is normalized.
 */

import type { Path } from "../../common/problem";
import type { Rule } from "./policy.types";

export type {
  CidrRule,
  EgressDenyRule,
  EgressRule,
  FqdnSelector,
  HttpRule,
  IcmpRule,
  IngressDenyRule,
  IngressRule,
  L7Rules,
  PortDenyRule,
  PortProtocol,
  PortRule,
  Rule,
  ServiceSelector,
} from "./policy.types";

/** The two kinds of policy. */
export type PolicyKind = "CiliumNetworkPolicy" | "CiliumClusterwideNetworkPolicy";

/** A policy as in YAML. */
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

/** A policy that can be evaluated: one of Cilium's own, or one of Kubernetes' translated to its terms, see `fromKubernetes`. */
export interface EvaluatedPolicy extends Omit<PolicyManifest, "apiVersion" | "kind"> {
  /** The kind of the original. */
  kind: PolicyKind | "NetworkPolicy" | "ClusterNetworkPolicy";
  /** Not in the CRD: what only a ClusterNetworkPolicy can express. Default: its rules are in the tier of Cilium's own policies. */
  ordered?: OrderedRules;
  /** Not in the CRD: why the agent does not read the policy, so that none of its rules has an effect. Default: it does. */
  unread?: string;
  /** Not in the CRD: rules that depend on values which are not known, such as placeholders. `spec` and `specs` lack them. Default: none. */
  undecided?: readonly UndecidedRules[];
}

/** The tiers in the order in which they are evaluated. Between them are Cilium's own policies and NetworkPolicies. */
export type PolicyTier = "Admin" | "Baseline";

/** The order in which the rules of a ClusterNetworkPolicy are evaluated, by the items of `spec`. */
export interface OrderedRules {
  /** Before or after the policies that have no tier. */
  tier: PolicyTier;
  /** For each item of `ingress`, `ingressDeny`, `egress` and `egressDeny`, in their order. */
  items: Readonly<Record<ItemList, readonly ItemOrder[]>>;
}

/** The lists of items of a rule. */
export type ItemList = "ingress" | "ingressDeny" | "egress" | "egressDeny";

/** When an item is evaluated, and how it differs from items of other policies. */
export interface ItemOrder {
  /** Within the tier, lower values are evaluated first. */
  priority: number;
  /** Whether it neither allows nor denies, but skips the rest of the tier. Default false. */
  passes?: boolean;
  /** Whether its peers are in any cluster of the mesh unless they select one. Default: as in other policies. */
  anyCluster?: boolean;
}

/** Rules of a policy that are not fully known. */
export interface UndecidedRules {
  /** Only these rules, each as wide as it may be. What they allow or deny, they may allow or deny. */
  rule: Rule;
  /** Path of the rule that they are part of. */
  path: Path;
  /** The missing fact, in words: `the value of ${LAN_CIDR}`. */
  missing: string;
  /** How they are written; equal for equal rules, to tell whether two states depend on the same fact. Default: as `rule`. */
  written?: string;
  /** Whether their subjects are not known either: some of those that `rule` selects. Then default deny is not known for these. Default false. */
  isWhole?: boolean;
  /** With `isWhole`: whether the rules themselves are known, and only their subjects are not. Default false. */
  isSure?: boolean;
  /** Whether the policy's namespace is not known either. Default false. */
  isAnywhere?: boolean;
}

export interface ObjectMeta {
  name: string;
  /** Only on a CiliumNetworkPolicy. Absent means `default`, as kubectl does. */
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}
