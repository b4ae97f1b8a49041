import type { Unseen } from "../../common/unseen";
import type { LintFacts } from "../../scenario/lint-facts";
import type { ClusterManifests } from "../manifests/cluster";

/** What manifests say for lint alone. */
export function lintFactsOf({
  webhooks,
  unseen,
  podNetworks = [],
}: Pick<ClusterManifests, "webhooks" | "unseen" | "podNetworks">): LintFacts {
  return { webhooks, unseenPods: unseenPods(unseen), podNetworks };
}

function unseenPods(unseen: readonly Unseen[]): "anywhere" | readonly string[] {
  if (unseen.some(({ pods }) => pods === "anywhere")) return "anywhere";
  return [...new Set(unseen.flatMap(({ pods = [] }) => pods))].sort();
}
