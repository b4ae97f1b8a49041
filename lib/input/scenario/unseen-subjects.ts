import { CLUSTER_KEY } from "../../cilium/api/labels";
import type { EvaluatedPolicy } from "../../cilium/api/policy";
import type { Unseen } from "../../common/unseen";
import type { LabelSelector } from "../../kubernetes/label-selector";
import type { LocatedPolicy } from "../manifests/policies";

/**
 * Reports policies whose subjects are not evaluated: pods of a named cluster that may or may not be this one, and Cilium's own endpoints.
 *
 * @param clusterName This cluster's name. Undefined: unknown.
 * @param others Policies of the other state of a comparison. A policy that is the same in both opens and closes nothing.
 */
export function unseenSubjects(
  policies: readonly LocatedPolicy[],
  clusterName: string | undefined,
  others: readonly LocatedPolicy[] = [],
): Unseen[] {
  const known = new Set(others.map(({ manifest }) => JSON.stringify(manifest)));
  return policies.flatMap(({ manifest, document }): Unseen[] => {
    const found = subjectsOf(manifest)
      .map((selector) => unseenIn(selector, clusterName))
      .find((one) => one !== undefined);
    if (found === undefined || known.has(JSON.stringify(manifest))) return [];
    const { namespace, name } = manifest.metadata;
    const object = `${manifest.kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
    const { line } = document.position([]);
    return [{ file: document.file, ...(line !== undefined && { line }), object, ...found }];
  });
}

function subjectsOf({ spec, specs = [], kind }: EvaluatedPolicy): LabelSelector[] {
  if (kind !== "CiliumNetworkPolicy" && kind !== "CiliumClusterwideNetworkPolicy") return [];
  return [...(spec ? [spec] : []), ...specs].flatMap(({ endpointSelector }) => endpointSelector ?? []);
}

const endpointsOfCilium = {
  health: {
    reason: "it selects the endpoints by which Cilium checks its nodes (reserved:health), which are not evaluated",
    fix: "In a running cluster, `cilium-health status` shows whether nodes still reach them",
  },
  init: {
    reason: "it selects pods that have no labels yet (reserved:init), which are not evaluated",
    fix: "Check yourself what they may do; a gate passes with --allow-unseen",
  },
};

function unseenIn(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  clusterName: string | undefined,
): Pick<Unseen, "reason" | "fix"> | undefined {
  const present = matchExpressions.filter(({ operator }) => operator === "Exists" || operator === "In");
  const keys = [...Object.keys(matchLabels), ...present.map(({ key }) => key)];
  const reserved = keys.flatMap((key) => /^reserved[:.](health|init)$/.exec(key)?.[1] ?? []);
  const whose = reserved.includes("health") ? endpointsOfCilium.health : endpointsOfCilium.init;
  if (reserved.length > 0) return whose;
  if (clusterName !== undefined) return undefined;
  const named = [
    ...Object.entries(matchLabels).map(([key, value]) => ({ key, values: [value] })),
    ...matchExpressions.filter(({ operator }) => operator === "In"),
  ].find(({ key }) => key.replace(/^(any|k8s)[:.]/, "") === CLUSTER_KEY);
  const values = named?.values ?? [];
  if (values.length === 0 || values.includes("default")) return undefined;
  return {
    reason: `it selects pods of the cluster ${values.join(" or ")}, which may or may not be this one`,
    fix: "Name this cluster with --cluster-name",
  };
}
