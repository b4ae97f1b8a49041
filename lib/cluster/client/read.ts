import { linkerdNamespace } from "../../linkerd/install/names";
import type { AccessRule, Missing } from "../access";
import type { Limit } from "../cluster";
import { ClusterError } from "../error";
import type { ConfigMapObject } from "../objects";
import type { Scope, Snapshot } from "../snapshot";
import { readAgents } from "./agents";
import type { ApiServer } from "./api-server";
import { certificatesIn, readCertificates } from "./certificates";
import { within } from "./limit";
import { isAbsent, isForbidden, optional } from "./optional";

interface Source {
  group: string;
  version: string;
  resource: string;
  /** For people. */
  plural: string;
  /** Versions that an older installation serves instead. */
  older?: readonly string[];
  /** A cluster-scoped resource, or one in a namespace of the installation: it is not requested in the namespaces of the scope. */
  clusterwide?: boolean;
  /** Required: without them there is nothing to judge. */
  needed?: boolean;
}

const cilium = (resource: string, plural: string, more: Partial<Source> = {}): Source => ({
  ...{ group: "cilium.io", version: "v2", resource, plural },
  ...more,
});
const core = (resource: string, more: Partial<Source> = {}): Source => ({
  ...{ group: "", version: "v1", resource, plural: resource },
  ...more,
});
const apps = (resource: string, plural: string): Source => ({ group: "apps", version: "v1", resource, plural });
const batch = (resource: string, plural: string): Source => ({ group: "batch", version: "v1", resource, plural });
const otherPolicy = (group: string, version: string, resource: string, clusterwide: boolean): Source => ({
  ...{ group, version, resource, plural: resource, clusterwide },
});

const linkerd = ([version = "", ...older]: string[], resources: string[], group = "policy.linkerd.io"): Source[] =>
  resources.map((resource) => ({ group, version, older, resource, plural: `${resource} of ${group}` }));

const sources = {
  namespaces: [core("namespaces", { clusterwide: true })],
  nodes: [core("nodes", { clusterwide: true })],
  pods: [core("pods", { needed: true })],
  services: [core("services")],
  controllers: [
    apps("deployments", "Deployments"),
    apps("statefulsets", "StatefulSets"),
    apps("daemonsets", "DaemonSets"),
  ],
  jobs: [batch("jobs", "Jobs"), batch("cronjobs", "CronJobs")],
  policies: [
    cilium("ciliumnetworkpolicies", "CiliumNetworkPolicies", { needed: true }),
    cilium("ciliumclusterwidenetworkpolicies", "CiliumClusterwideNetworkPolicies", { clusterwide: true }),
  ],
  nodeConfigs: [cilium("ciliumnodeconfigs", "CiliumNodeConfigs", { older: ["v2alpha1"], clusterwide: true })],
  links: linkerd(["v1alpha3", "v1alpha2", "v1alpha1"], ["links"], "multicluster.linkerd.io").map((source) => ({
    ...source,
    clusterwide: true,
  })),
  cidrGroups: [cilium("ciliumcidrgroups", "CiliumCIDRGroups", { clusterwide: true })],
  otherPolicies: [
    otherPolicy("networking.k8s.io", "v1", "networkpolicies", false),
    otherPolicy("policy.networking.k8s.io", "v1alpha1", "adminnetworkpolicies", true),
    otherPolicy("policy.networking.k8s.io", "v1alpha1", "baselineadminnetworkpolicies", true),
    otherPolicy("policy.networking.k8s.io", "v1alpha2", "clusternetworkpolicies", true),
  ],
  authorization: [
    ...linkerd(["v1beta3", "v1beta2", "v1beta1", "v1alpha1"], ["servers", "httproutes"]),
    ...linkerd(["v1beta1", "v1alpha1"], ["serverauthorizations"]),
    ...linkerd(["v1alpha1"], ["authorizationpolicies", "meshtlsauthentications", "networkauthentications"]),
    ...linkerd(["v1alpha1"], ["httplocalratelimitpolicies", "egressnetworks"]),
    ...linkerd(["v1", "v1beta1"], ["httproutes"], "gateway.networking.k8s.io"),
    ...linkerd(["v1", "v1alpha2"], ["grpcroutes"], "gateway.networking.k8s.io"),
    ...linkerd(["v1", "v1alpha3", "v1alpha2"], ["tlsroutes"], "gateway.networking.k8s.io"),
    ...linkerd(["v1alpha2"], ["tcproutes"], "gateway.networking.k8s.io"),
    ...linkerd(["v1beta1", "v1alpha1"], ["externalworkloads"], "workload.linkerd.io"),
  ],
  ciliumEndpoints: [cilium("ciliumendpoints", "CiliumEndpoints")],
} as const satisfies { [part in keyof Snapshot]?: readonly Source[] };

/** The ConfigMap of the control plane's trust anchors. */
const trustRoots = "linkerd-identity-trust-roots";

/** Reads everything concurrently; a cluster of a few hundred pods takes well under a second. */
export function readSnapshot(server: ApiServer, scope: Scope, limit: Limit): Promise<Snapshot> {
  return within(limit, `reading the cluster of context ${server.context}`, async (signal) => {
    const rest = { ...limit, signal };
    const missing: Missing[] = [];
    const readAt = new Date().toISOString();
    const names = Object.keys(sources) as (keyof typeof sources)[];
    const lists = await Promise.all(
      names.map(async (part) => {
        const found = await Promise.all(
          sources[part].map((source) => readSource(server, source, scope, rest, missing)),
        );
        return [part, found.flat()] as const;
      }),
    );
    const listed = Object.fromEntries(lists) as unknown as Pick<Snapshot, keyof typeof sources>;
    const agentPods = listed.pods.filter(({ metadata }) => metadata.labels?.["k8s-app"] === "cilium");
    const ciliumNamespace = agentPods[0]?.metadata.namespace ?? "kube-system";
    const [configMaps, certificates, agents] = await Promise.all([
      readConfigMaps(
        server,
        [
          { namespace: ciliumNamespace, name: "cilium-config" },
          { namespace: linkerdNamespace, name: trustRoots },
        ],
        rest,
        missing,
      ),
      readCertificates(server, listed.namespaces, rest, missing),
      readAgents(server, agentPods, listed.ciliumEndpoints, rest, missing),
    ]);
    const { context } = server;
    const anchors = configMaps.flatMap(({ metadata, data = {} }) =>
      metadata.name !== trustRoots
        ? []
        : certificatesIn(data["ca-bundle.crt"] ?? "", `ConfigMap ${metadata.namespace}/${trustRoots}`, "trustAnchor"),
    );
    return {
      context,
      readAt,
      scope,
      ...listed,
      configMaps,
      certificates: [...anchors, ...certificates],
      agents,
      missing,
    };
  });
}

/** In all namespaces if that is allowed, and otherwise in the namespaces of the scope. */
async function readSource(
  server: ApiServer,
  source: Source,
  { namespaces }: Scope,
  limit: Limit,
  missing: Missing[],
): Promise<object[]> {
  const what = `the ${source.plural} of ${source.clusterwide ? "the cluster" : "all namespaces"}`;
  try {
    return await server.list(pathOf(source), { what, rule: listRule(source) }, limit);
  } catch (error) {
    if (isAbsent(error)) {
      const [version, ...older] = source.older ?? [];
      if (version !== undefined)
        return readSource(server, { ...source, version, older }, { namespaces }, limit, missing);
      return source.needed ? refuseAbsent(source, error) : [];
    }
    if (!isForbidden(error)) throw error;
    missing.push({ what, of: source.resource, why: error.problem, rule: error.rule });
  }
  if (source.clusterwide) return [];
  const lists = namespaces.map(async (namespace) => {
    const what = `the ${source.plural} of namespace ${namespace}`;
    try {
      return await server.list<object>(pathOf(source, namespace), { what, rule: listRule(source, namespace) }, limit);
    } catch (error) {
      if (source.needed || !isForbidden(error)) throw error;
      missing.push({ what, of: source.resource, namespace, why: error.problem, rule: error.rule });
      return [];
    }
  });
  return (await Promise.all(lists)).flat();
}

function refuseAbsent({ plural }: Source, cause: ClusterError): never {
  throw new ClusterError("absent", `the cluster has no ${plural}`, {
    cause,
    cure: "is Cilium installed, and has its operator started? It is what registers them",
  });
}

async function readConfigMaps(
  server: ApiServer,
  wanted: readonly { namespace: string; name: string }[],
  limit: Limit,
  missing: Missing[],
): Promise<ConfigMapObject[]> {
  const found = wanted.map(async ({ namespace, name }) => {
    const rule = { apiGroups: [""], resources: ["configmaps"], verbs: ["get"], resourceNames: [name], namespace };
    const what = `ConfigMap ${namespace}/${name}`;
    const path = `/api/v1/namespaces/${namespace}/configmaps/${name}`;
    return optional(
      server.get<ConfigMapObject>(path, { what, rule }, limit),
      { what, of: "configmaps", namespace },
      missing,
    );
  });
  return (await Promise.all(found)).filter((one) => one !== undefined);
}

function pathOf({ group, version, resource }: Source, namespace?: string): string {
  const root = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  return namespace === undefined ? `${root}/${resource}` : `${root}/namespaces/${namespace}/${resource}`;
}

function listRule({ group, resource }: Source, namespace?: string): AccessRule {
  return { apiGroups: [group], resources: [resource], verbs: ["list"], ...(namespace !== undefined && { namespace }) };
}
