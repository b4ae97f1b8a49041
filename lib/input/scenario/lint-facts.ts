import type { Unseen } from "../../common/unseen";
import type { LintFacts, WorkloadFacts } from "../../scenario/lint-facts";
import type { ClusterManifests } from "../manifests/cluster";
import type { Workload } from "../manifests/workloads";

/** The facts in manifests that only lint uses. */
export function lintFactsOf({
  webhooks,
  unseen,
  podNetworks = [],
  workloads,
}: Pick<ClusterManifests, "webhooks" | "unseen" | "podNetworks" | "workloads">): LintFacts {
  return { webhooks, unseenPods: unseenPods(unseen), podNetworks, workloads: workloads.map(factsOf) };
}

function factsOf({ endpoint: { id, namespace }, kind, name }: Workload): WorkloadFacts {
  return { id, kind, name, namespace };
}

function unseenPods(unseen: readonly Unseen[]): "anywhere" | readonly string[] {
  if (unseen.some(({ pods }) => pods === "anywhere")) return "anywhere";
  return [...new Set(unseen.flatMap(({ pods = [] }) => pods))].sort();
}
