import { type AccessRule, grantAdvice } from "../access";
import type { Limit } from "../cluster";
import type { ApiServer } from "./api-server";
import { within } from "./limit";
import { isAbsent, isForbidden } from "./optional";

/** Everything in a cluster that affects which traffic is allowed, as the API server stores it. */
export interface ClusterObjects {
  context: string;
  objects: object[];
  /** What the user may not read. */
  missing: { what: string; fix: string }[];
}

interface Resource {
  group: string;
  version: string;
  resource: string;
  clusterwide?: true;
  /** Only this object of it. */
  name?: string;
}

const ofGroup = (group: string, version: string, resources: readonly string[], clusterwide?: true): Resource[] =>
  resources.map((resource) => ({ group, version, resource, ...(clusterwide && { clusterwide }) }));

/** ConfigMaps and the like are read by name; the others stay private. */
const resources: readonly Resource[] = [
  ...ofGroup("", "v1", ["namespaces", "nodes"], true),
  ...ofGroup("", "v1", ["pods", "services", "endpoints", "replicationcontrollers"]),
  ...ofGroup("apps", "v1", ["deployments", "statefulsets", "daemonsets"]),
  ...ofGroup("batch", "v1", ["jobs", "cronjobs"]),
  ...ofGroup("discovery.k8s.io", "v1", ["endpointslices"]),
  ...ofGroup("networking.k8s.io", "v1", ["networkpolicies", "ingresses"]),
  ...ofGroup("policy.networking.k8s.io", "v1alpha1", ["adminnetworkpolicies", "baselineadminnetworkpolicies"], true),
  ...ofGroup("policy.networking.k8s.io", "v1alpha2", ["clusternetworkpolicies"], true),
  ...ofGroup("cilium.io", "v2", ["ciliumnetworkpolicies", "ciliumnodeconfigs"]),
  ...ofGroup("cilium.io", "v2", ["ciliumclusterwidenetworkpolicies", "ciliumcidrgroups"], true),
  ...ofGroup("policy.linkerd.io", "v1beta3", ["servers"]),
  ...ofGroup("policy.linkerd.io", "v1beta1", ["serverauthorizations"]),
  ...ofGroup("policy.linkerd.io", "v1alpha1", [
    "authorizationpolicies",
    "meshtlsauthentications",
    "networkauthentications",
    "egressnetworks",
    "httplocalratelimitpolicies",
  ]),
  ...ofGroup("policy.linkerd.io", "v1beta3", ["httproutes"]),
  ...ofGroup("workload.linkerd.io", "v1beta1", ["externalworkloads"]),
  ...ofGroup("multicluster.linkerd.io", "v1alpha3", ["links"]),
  ...ofGroup("gateway.networking.k8s.io", "v1", ["gateways", "httproutes", "grpcroutes"]),
  { group: "", version: "v1", resource: "configmaps", name: "kube-system/cilium-config" },
  { group: "", version: "v1", resource: "configmaps", name: "linkerd/linkerd-config" },
];

/**
 * Lists them, all at once, with nothing but `get` and `list`. What a cluster does not know of is not there; what the user may not read is
 * `missing`. Rejects with a ClusterError where the API server cannot be asked.
 */
export function readClusterObjects(server: ApiServer, limit: Limit): Promise<ClusterObjects> {
  const { context } = server;
  return within(limit, `reading the cluster of context ${context}`, async (signal) => {
    const missing: ClusterObjects["missing"] = [];
    const lists = await Promise.all(
      resources.map(async (resource): Promise<object[]> => {
        const { what, rule, path } = requestFor(resource);
        const rest = { ...limit, signal };
        try {
          if (resource.name === undefined) return await server.list<object>(path, { what, rule }, rest);
          return [await server.get<object>(path, { what, rule }, rest)];
        } catch (error) {
          if (isAbsent(error)) return [];
          if (!isForbidden(error)) throw error;
          missing.push({ what, fix: `To see them, ${grantAdvice(rule).replaceAll("\n", " ")}` });
          return [];
        }
      }),
    );
    return { context, objects: lists.flat(), missing };
  });
}

function requestFor({ group, version, resource, clusterwide, name }: Resource): {
  what: string;
  rule: AccessRule;
  path: string;
} {
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  if (name !== undefined) {
    const [namespace = "", own = ""] = name.split("/");
    const rule = { apiGroups: [group], resources: [resource], resourceNames: [own], verbs: ["get"], namespace };
    return { what: `ConfigMap ${name}`, rule, path: `${root}/namespaces/${namespace}/${resource}/${own}` };
  }
  const where = clusterwide ? "the cluster" : "all namespaces";
  const rule = { apiGroups: [group], resources: [resource], verbs: ["list"] };
  return { what: `the ${resource} of ${where}`, rule, path: `${root}/${resource}` };
}
