import { type Network, parseNetwork } from "../../linkerd/api/network";
import type { EndpointFacts } from "../../scenario/scenario";
import type { LinkerdDecision } from "./linkerd-decision";

/** The networks whose traffic bypasses a pod's proxy, by `skip-subnets` (`addRulesForIgnoredSubnets` in linkerd2-proxy-init). */
export interface SkippedSubnets {
  networks: readonly Network[];
  /** The decision about a client that may be in one of the networks, given the proxy's decision. */
  maybe(decision: LinkerdDecision): LinkerdDecision;
}

export function skippedBy({ id, mesh }: EndpointFacts): SkippedSubnets {
  const blocks = mesh?.skipSubnets ?? [];
  return {
    networks: blocks.map(parseNetwork),
    maybe: ({ owner, objects, ...decision }) =>
      decision.verdict === "allowed" && decision.routes === undefined
        ? { owner, ...(objects && { objects }), ...decision }
        : {
            verdict: "unknown",
            owner,
            reason: `the client's address: traffic from ${blocks.join(", ")} bypasses the proxy of ${id} (config.linkerd.io/skip-subnets)`,
            ...(objects && { objects }),
          },
  };
}
