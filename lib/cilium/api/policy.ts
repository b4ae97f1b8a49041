/**
 * The CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy manifests of Cilium 1.20 (`cilium.io/v2`), as they stand in
 * YAML and on the API server. Everything that reads or writes policies meets here: the typed model in this folder renders
 * these, the engine in ../reachability evaluates them.
 *
 * Only shapes, no behaviour. Absent, `null`, `[]` and `{}` mean different things to Cilium, so nothing here is normalised.
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
  kind: PolicyKind | "NetworkPolicy" | "ClusterNetworkPolicy";
  /** Ours: of a ClusterNetworkPolicy, what Cilium's own rules cannot say. Default: its rules are in the tier of Cilium's own policies. */
  ordered?: OrderedRules;
  /** Ours: why the agent does not read it; none of its rules is in force then. Default: it does. */
  unread?: string;
  /** Ours: rules that hang on values which are not known, such as placeholders. They are not in `spec` and `specs`. Default: none. */
  undecided?: readonly UndecidedRules[];
}

/** The tiers in the order in which they are asked. Cilium's own policies and NetworkPolicies are in the middle one. */
export type PolicyTier = "Admin" | "Baseline";

/** When the rules of a ClusterNetworkPolicy are asked, by the items of `spec`. */
export interface OrderedRules {
  /** Before or after the policies that have no tier. */
  tier: PolicyTier;
  /** Of each item of `ingress`, `ingressDeny`, `egress` and `egressDeny`, in their order. */
  items: Readonly<Record<ItemList, readonly ItemOrder[]>>;
}

/** The lists of items of a rule. */
export type ItemList = "ingress" | "ingressDeny" | "egress" | "egressDeny";

/** When an item is asked, and what else is its own. */
export interface ItemOrder {
  /** Within the tier: the lower is asked first. */
  priority: number;
  /** It neither allows nor denies: what is left of the tier is skipped. Default false. */
  passes?: boolean;
  /** Its peers are of any cluster, unless they say of which. Default: as other policies have it. */
  anyCluster?: boolean;
}

/** Rules of a policy of which not everything is known. */
export interface UndecidedRules {
  /** They alone, each as wide as it may be: what they allow or deny, they may. */
  rule: Rule;
  /** Of the rule that they stand in. */
  path: Path;
  /** What would have to be known, in words: `the value of ${LAN_CIDR}`. */
  missing: string;
  /** A text that is equal where they are written alike, to tell whether two states hang on the same. Default: what `rule` says. */
  written?: string;
  /** It is not known either whom they are for, but that `rule` selects them; nor, therefore, who is denied by default. Default false. */
  isWhole?: boolean;
  /** With `isWhole`: that they say what `rule` does, if they are for somebody. Default false. */
  isSure?: boolean;
  /** Nor is the policy's namespace. Default false. */
  isAnywhere?: boolean;
}

export interface ObjectMeta {
  name: string;
  /** Only on a CiliumNetworkPolicy. Absent means `default`, as kubectl does. */
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}
