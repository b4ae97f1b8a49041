import { getOrMake } from "../../common/maps";
import type { Problem } from "../../common/problem";
import type { ClusterFacts } from "../../scenario/scenario";
import type { EvaluatedPolicy } from "./policy";
import { refusals } from "./refusals";

/** What the refusals of a policy depend on. */
type AgentFacts = Parameters<typeof refusals>[1];

/** The {@link refusals} of policies, each computed once however many parts of an evaluation ask. The policies must not change meanwhile. */
export class RefusalCache {
  private readonly known = {
    withProxy: new Map<EvaluatedPolicy, Problem[]>(),
    without: new Map<EvaluatedPolicy, Problem[]>(),
  };

  of(policy: EvaluatedPolicy, cluster: AgentFacts): Problem[] {
    const known = (cluster?.l7Proxy ?? true) ? this.known.withProxy : this.known.without;
    return getOrMake(known, policy, () => refusals(policy, cluster));
  }

  /** The policies that at least one of these agents accepts. */
  accepted(policies: readonly EvaluatedPolicy[], agents: readonly (ClusterFacts | undefined)[]): EvaluatedPolicy[] {
    return policies.filter((policy) => agents.some((agent) => this.of(policy, agent).length === 0));
  }
}
