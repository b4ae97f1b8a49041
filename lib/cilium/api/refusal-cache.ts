import { getOrMake } from "../../common/maps";
import type { Problem } from "../../common/problem";
import type { EvaluatedPolicy } from "./policy";
import { type RefusingFacts, refusals } from "./refusals";

/** Caches the {@link refusals} of policies, which several parts of an evaluation need. The policies must not be mutated meanwhile. */
export class RefusalCache {
  /** By the agent's configuration. */
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
