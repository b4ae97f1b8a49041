import type { Unseen } from "../../common/unseen";
import type { LintFacts } from "../../scenario/lint-facts";
import type { ClusterManifests } from "../manifests/cluster";

/** What manifests say for lint alone. */
export function lintFactsOf({ webhooks, unseen }: Pick<ClusterManifests, "webhooks" | "unseen">): LintFacts {
  return { webhooks, unseenPods: unseenPods(unseen) };
}

function unseenPods(unseen: readonly Unseen[]): "anywhere" | readonly string[] {
  if (unseen.some(({ pods }) => pods === "anywhere")) return "anywhere";
  return [...new Set(unseen.flatMap(({ pods = [] }) => pods))].sort();
}
