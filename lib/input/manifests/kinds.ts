import { dictionary } from "../../common/maps";
import type { Path } from "../../common/problem";

/** What tells kinds apart. */
export interface ApiKind {
  apiVersion: string;
  kind: string;
}

/** Kinds that create pods, with the path to the pod template. If two have the same name, the earlier kind is more likely to be meant. */
export const templatePath = dictionary<Path>({
  Deployment: ["spec", "template"],
  StatefulSet: ["spec", "template"],
  DaemonSet: ["spec", "template"],
  Rollout: ["spec", "template"],
  ReplicaSet: ["spec", "template"],
  ReplicationController: ["spec", "template"],
  Pod: [],
  Job: ["spec", "template"],
  CronJob: ["spec", "jobTemplate", "spec", "template"],
});

/** API groups of the kinds above. The same kind names exist elsewhere (Knative, KEDA) with other meanings. */
export const workloadGroups = dictionary<string>({
  Deployment: "apps",
  StatefulSet: "apps",
  DaemonSet: "apps",
  ReplicaSet: "apps",
  ReplicationController: "",
  Job: "batch",
  CronJob: "batch",
  Rollout: "argoproj.io",
  Pod: "",
});

/** Kinds that affect who can talk to whom but are not evaluated, with the reason. Ignoring them silently would give wrong results. */
export const unevaluated = dictionary<string>({
  "policy.networking.k8s.io/AdminNetworkPolicy":
    "Cilium does not read this kind; today a ClusterNetworkPolicy in the tier Admin does the same",
  "policy.networking.k8s.io/BaselineAdminNetworkPolicy":
    "Cilium does not read this kind; today a ClusterNetworkPolicy in the tier Baseline does the same",
});

/**
 * The current API of a kind, if an object uses one that no longer has it. The API server refuses such an object (workloads and policies of
 * `extensions` since Kubernetes 1.16, say, or a version that never existed), so ignoring it silently would give wrong results.
 */
export function currentApi({ apiVersion, kind }: ApiKind): string | undefined {
  const group = groupOf(apiVersion);
  if (group === "extensions") {
    if (kind === "NetworkPolicy") return servedApis["networking.k8s.io"];
    return workloadGroups[kind] === "apps" ? servedApis.apps : undefined;
  }
  const served = readKindsOf[group]?.includes(kind) === true ? servedApis[group] : undefined;
  return apiVersion === served ? undefined : served;
}

/** The only API that Kubernetes serves of a group, for groups with one version. */
const servedApis = dictionary<string>({
  "": "v1",
  apps: "apps/v1",
  batch: "batch/v1",
  "networking.k8s.io": "networking.k8s.io/v1",
});

/** The kind that an object's differs from only in case. The API server does not know the object's kind. */
export function kindInOtherCase({ apiVersion, kind }: ApiKind): string | undefined {
  const group = groupOf(apiVersion);
  const known = readKindsOf[group] ?? [];
  return known.includes(kind) ? undefined : known.find((other) => other.toLowerCase() === kind.toLowerCase());
}

export const policyKinds = ["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"] as const;

/** Kinds that need a `name`: they are applied repeatedly, so `generateName` makes no sense. */
export const namedKinds = new Set<string>([...policyKinds, "NetworkPolicy", "ClusterNetworkPolicy"]);

/** Kinds that are read, whatever their group. */
export const readKinds: ReadonlySet<string> = new Set<string>([
  ...policyKinds,
  ...Object.keys(templatePath),
  "Namespace",
  "Service",
  "CiliumCIDRGroup",
  "NetworkPolicy",
  "ClusterNetworkPolicy",
]);

const readKindsOf = dictionary<readonly string[]>({
  "": ["Namespace", "Service", "Pod", "ReplicationController", "Endpoints", "ConfigMap"],
  apps: ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"],
  batch: ["Job", "CronJob"],
  "networking.k8s.io": ["NetworkPolicy"],
  "policy.networking.k8s.io": ["ClusterNetworkPolicy", "AdminNetworkPolicy", "BaselineAdminNetworkPolicy"],
  "cilium.io": [...policyKinds, "CiliumCIDRGroup"],
});

export function groupOf(apiVersion: string): string {
  return apiVersion.includes("/") ? (apiVersion.split("/", 1)[0] ?? "") : "";
}
