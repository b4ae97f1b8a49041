import { type AccessRule, grantAdvice } from "../access";
import type { Limit } from "../cluster";
import { ClusterError } from "../error";
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
  /** Versions that an older installation serves instead, newest first. */
  older?: readonly string[];
  clusterwide?: true;
  /** Only the object of this name. */
  name?: string;
}

const ofGroup = (group: string, version: string, resources: readonly string[], clusterwide?: true): Resource[] =>
  resources.map((resource) => ({ group, version, resource, ...(clusterwide && { clusterwide }) }));

/** Resources that older installations serve in other versions. */
const since = (group: string, [version = "", ...older]: string[], resources: readonly string[]): Resource[] =>
  ofGroup(group, version, resources).map((resource) => ({ ...resource, older }));

/** The resources to read. A ConfigMap is read by name, so that no others are. */
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
  ...since("policy.linkerd.io", ["v1beta3", "v1beta2", "v1beta1", "v1alpha1"], ["servers", "httproutes"]),
  ...since("policy.linkerd.io", ["v1beta1", "v1alpha1"], ["serverauthorizations"]),
  ...ofGroup("policy.linkerd.io", "v1alpha1", [
    "authorizationpolicies",
    "meshtlsauthentications",
    "networkauthentications",
    "egressnetworks",
    "httplocalratelimitpolicies",
  ]),
  ...since("workload.linkerd.io", ["v1beta1", "v1alpha1"], ["externalworkloads"]),
  ...ofGroup("multicluster.linkerd.io", "v1alpha3", ["links"]),
  ...since("gateway.networking.k8s.io", ["v1", "v1beta1"], ["gateways", "httproutes"]),
  ...since("gateway.networking.k8s.io", ["v1", "v1alpha2"], ["grpcroutes"]),
  ...since("gateway.networking.k8s.io", ["v1", "v1alpha3", "v1alpha2"], ["tlsroutes"]),
  ...ofGroup("gateway.networking.k8s.io", "v1alpha2", ["tcproutes"]),
  { group: "", version: "v1", resource: "configmaps", name: "kube-system/cilium-config" },
  { group: "", version: "v1", resource: "configmaps", name: "linkerd/linkerd-config" },
];

/**
 * Lists them concurrently, with nothing but `get` and `list`. Kinds that a cluster does not serve are left out; what the user may not read is
 * listed in `missing`. Rejects with a ClusterError if the API server cannot be reached.
 */
export function readClusterObjects(server: ApiServer, limit: Limit): Promise<ClusterObjects> {
  const { context } = server;
  return within(limit, `reading the cluster of context ${context}`, async (signal) => {
    const missing: ClusterObjects["missing"] = [];
    const read = async (resource: Resource): Promise<object[]> => {
      const { what, rule, path } = requestFor(resource);
      const rest = { ...limit, signal };
      try {
        if (resource.name === undefined) return await server.list<object>(path, { what, rule }, rest);
        return [await server.get<object>(path, { what, rule }, rest)];
      } catch (error) {
        if (isAbsent(error) && isCore(resource)) throw notOne(server, what, error);
        const [version, ...older] = resource.older ?? [];
        if (isAbsent(error)) return version === undefined ? [] : read({ ...resource, version, older });
        if (!isForbidden(error)) throw error;
        missing.push({ what, fix: `To see them, ${grantAdvice(rule).replaceAll("\n", " ")}` });
        return [];
      }
    };
    const lists = await Promise.all(resources.map(read));
    return { context, objects: lists.flat(), missing };
  });
}

/** Every API server serves these. A server without them is none, or the address is not its root. */
const isCore = ({ group, resource }: Resource) => group === "" && ["namespaces", "nodes", "pods"].includes(resource);

function notOne(server: ApiServer, what: string, cause: ClusterError): ClusterError {
  const cure = "check whether the kubeconfig's address is an API server, to the end of its path";
  return new ClusterError("other", `${what}: ${server.address} does not know them`, { cause, cure });
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
