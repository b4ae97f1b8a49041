import { getOrMake } from "../../common/maps";
import type { Problem } from "../../common/problem";
import type { EvaluatedPolicy } from "./policy";
import { type RefusingFacts, refusals } from "./refusals";

/** The {@link refusals} of policies, each computed once however many parts of an evaluation ask. The policies must not change meanwhile. */
export class RefusalCache {
  /** By how the agent is set. */
  private readonly known = new Map<string, Map<EvaluatedPolicy, Problem[]>>();

  of(policy: EvaluatedPolicy, agent: RefusingFacts = {}): Problem[] {
    const { l7Proxy = true, nodePeers = false, extendedProtocols = false } = agent;
    const known = getOrMake(this.known, `${l7Proxy} ${nodePeers} ${extendedProtocols}`, () => new Map());
    return getOrMake(known, policy, () => refusals(policy, agent));
  }

  /** The policies that at least one of these agents accepts. */
  accepted(policies: readonly EvaluatedPolicy[], agents: readonly (RefusingFacts | undefined)[]): EvaluatedPolicy[] {
    return policies.filter((policy) => agents.some((agent) => this.of(policy, agent).length === 0));
  }
}
