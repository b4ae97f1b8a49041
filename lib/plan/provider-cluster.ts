import { UserError } from "../common/user-error";
import { clusterOf } from "../input/manifests/plan-objects";
import type { Plan, PlannedResource } from "./model";

const isProvider = ({ type }: PlannedResource) => type === "pulumi:providers:kubernetes";

/**
 * The part of a plan for the cluster of one Kubernetes provider; `default` is the provider of resources without an explicit one. Resources without
 * a provider, such as components, stay.
 *
 * @param absent Whether the provider may be missing; then no Kubernetes resource is left. Default false.
 * @throws UserError if there is none
 */
export function clusterOfProvider(plan: Plan, name: string, absent = false): Plan {
  const providers = new Map(plan.resources.filter(isProvider).map((resource) => [resource.urn, resource]));
  const names = [...new Set([...providers.values()].map((provider) => provider.name))].sort();
  const chosen = [...providers.values()].find((provider) => provider.name === name);
  if (chosen === undefined && name !== "default" && !absent)
    throw new UserError(
      `the program has no provider of Kubernetes named ${name}; ${names.length === 0 ? "it has none of its own" : `there are ${names.join(", ")}`}`,
    );
  const cluster = chosen === undefined ? (name === "default" ? "" : undefined) : clusterOf(chosen);
  const isElsewhere = ({ type, provider }: PlannedResource): boolean => {
    if (!type.startsWith("kubernetes:") || provider === undefined) return false;
    const own = providers.get(provider);
    return (own === undefined ? "" : clusterOf(own)) !== cluster;
  };
  return { ...plan, resources: plan.resources.filter((resource) => !isElsewhere(resource)) };
}
