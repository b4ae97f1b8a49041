import type { Path } from "../common/problem";
import type { LintFacts } from "../scenario/lint-facts";
import type { LintContext } from "./context";

/**
 * - `error`: the policy does the opposite of what it says, or breaks what it is about.
 * - `warning`: it does less or more than it seems to.
 * - `info`: it does what it says, and readers are known to take it for something else.
 */
export const Severity = {
  /** It does the opposite of what it says, or breaks what it is about. */
  Error: "error",
  /** It does less or more than it seems to. */
  Warning: "warning",
  /** It does what it says, and is easily misread. */
  Info: "info",
} as const;
/** How much a finding matters; see the values. */
export type Severity = (typeof Severity)[keyof typeof Severity];

/** What a finding is about: a policy of Cilium or Kubernetes, an object of Linkerd's policy controller, or a workload that no such object is about. */
export type Subject =
  | {
      /** The policy's place in the list that was given. */
      policy: number;
      linkerd?: undefined;
      workload?: undefined;
    }
  | {
      /** The object's place in the scenario's `mesh.authorization.objects`. */
      linkerd: number;
      policy?: undefined;
      workload?: undefined;
    }
  | {
      /** The workload's place in {@link LintFacts.workloads}. */
      workload: number;
      policy?: undefined;
      linkerd?: undefined;
    };

/** A finding about a policy, or a part of one, that does not do what it seems to. */
export interface FindingWords {
  /** The rule that found it, such as `empty-peer-list`. */
  rule: string;
  /** How much it matters. */
  severity: Severity;
  /** `CiliumNetworkPolicy shop/db` */
  object: string;
  /** From the root of the object's document to what is wrong; where a mapping lacks a member, to the mapping. */
  path: Path;
  /** What it does, as opposed to what it seems to do. */
  message: string;
  /** What to write instead. */
  fix: string;
}

/** What lint found. */
export type Finding = Subject &
  FindingWords & {
    /** The path is that of the policy as it was written, also where what is evaluated is a translation of it. */
    asWritten?: true;
  };

/** A rule's own description, from which the documentation is generated. */
export interface RuleDoc {
  /** Stable, in kebab case. */
  id: string;
  severity: Severity;
  title: string;
  /** Why the trap exists, with the source of what surprises. */
  why: string;
  fix: string;
}

/** A rule of lint: its documentation and how it looks. */
export interface LintRule extends RuleDoc {
  /**
   * What its findings hang on: `policy`, that policy alone, whatever other policies and pods there are; `cluster`, all of them. Default:
   * `cluster`.
   */
  scope?: "policy" | "cluster";
  /**
   * Whether it is also about Kubernetes' own NetworkPolicies, and with what advice where its `fix` speaks of Cilium's fields. Default: no, since most
   * traps are in Cilium's own language.
   */
  kubernetes?: true | { fix: string };
  /** Whether it is also about ClusterNetworkPolicies. Default: no. */
  tiers?: true;
  check(context: LintContext): Iterable<Observation>;
}

/** What a rule saw. */
export type Observation = Subject & {
  path: Path;
  /** As in {@link Finding}. */
  asWritten?: true;
  message: string;
  /** Default: the rule's. */
  fix?: string;
  /** Default: the rule's. */
  severity?: Severity;
};
