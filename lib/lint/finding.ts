import type { Path } from "../common/problem";
import type { LintFacts } from "../scenario/lint-facts";
import type { LintContext } from "./context";

/**
 * - `error`: the policy does the opposite of what it says, or breaks the pods that it selects.
 * - `warning`: the policy does less or more than it seems to.
 * - `info`: the policy does what it says, but is easily misread.
 */
export const Severity = {
  /** The policy does the opposite of what it says, or breaks the pods that it selects. */
  Error: "error",
  /** The policy does less or more than it seems to. */
  Warning: "warning",
  /** The policy does what it says, but is easily misread. */
  Info: "info",
} as const;
/** How much a finding matters; see the values. */
export type Severity = (typeof Severity)[keyof typeof Severity];

/** The subject of a finding: a policy of Cilium or Kubernetes, an object of Linkerd's policy controller, or a workload that no such object concerns. */
export type Subject =
  | {
      /** The policy's index in the given list. */
      policy: number;
      linkerd?: undefined;
      workload?: undefined;
    }
  | {
      /** The object's index in the scenario's `mesh.authorization.objects`. */
      linkerd: number;
      policy?: undefined;
      workload?: undefined;
    }
  | {
      /** The workload's index in {@link LintFacts.workloads}. */
      workload: number;
      policy?: undefined;
      linkerd?: undefined;
    };

/**
 * The facts in a finding's message: names, ports, values, never words. Together with the rule, the object and the path, they identify the finding, so
 * that its message may be reworded. Two findings with different messages must differ here, unless their paths do.
 */
export type FindingData = Readonly<
  Record<string, string | number | boolean | undefined | readonly (string | number)[]>
>;

/** A finding about a policy, or a part of one, that does not do what it seems to. */
export interface FindingWords {
  /** The rule that found it, such as `empty-peer-list`. */
  rule: string;
  /** How much it matters. */
  severity: Severity;
  /** The object: `CiliumNetworkPolicy shop/db`. */
  object: string;
  /** The path from the root of the object's document to what is wrong; to the mapping, if a member is missing. */
  path: Path;
  /** The facts in the message. */
  data: FindingData;
  /** What the policy really does. */
  message: string;
  /** What to write instead. */
  fix: string;
}

/** A finding, with its subject. */
export type Finding = Subject &
  FindingWords & {
    /** Whether the path refers to the policy as written, rather than to its translation. Default false. */
    asWritten?: true;
  };

/** The documentation of a rule, from which docs/lint.md is generated. */
export interface RuleDoc {
  /** Stable, in kebab case. */
  id: string;
  severity: Severity;
  title: string;
  /** Why the trap exists, with the source of surprising facts. */
  why: string;
  fix: string;
}

/** A rule of lint: its documentation and its check. */
export interface LintRule extends RuleDoc {
  /**
   * What its findings depend on. `policy`: only the policy itself; `cluster`: also other policies and pods. Default `cluster`.
   */
  scope?: "policy" | "cluster";
  /**
   * Whether it also applies to Kubernetes' NetworkPolicies, with other advice if `fix` mentions Cilium's fields. Default: no, because most traps are
   * specific to Cilium's policies.
   */
  kubernetes?: true | { fix: string };
  /** Whether it also applies to ClusterNetworkPolicies. Default: no. */
  tiers?: true;
  check(context: LintContext): Iterable<Observation>;
}

/** What a rule observed. */
export type Observation = Subject & {
  path: Path;
  /** See {@link Finding}. */
  asWritten?: true;
  data: FindingData;
  message: string;
  /** Default: the rule's. */
  fix?: string;
  /** Default: the rule's. */
  severity?: Severity;
};
