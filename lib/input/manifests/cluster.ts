import type { Problem } from "../../common/problem";
import { compareText } from "../../common/text";
import { sortedUnseen, type Unseen } from "../../common/unseen";
import { directPortsOf } from "../../linkerd/wire/well-known";
import { DEFAULT_OPAQUE_PORTS, unionOfPorts } from "../../linkerd/wire/wire";
import type { WebhookFacts } from "../../scenario/lint-facts";
import type { CidrGroupFacts, NamespaceFacts } from "../../scenario/scenario";
import { type ApiServer, apiServerOf } from "./api-server";
import { ClusterReading } from "./cluster-reading";
import { type Gateways, gatewaysOf } from "./gateways";
import { readByKind } from "./kind-readers";
import { type LinkFacts, unseenMirror } from "./links";
import type { NamespaceMesh } from "./namespace-mesh";
import type { KubernetesObject } from "./objects";
import { podNetworksOf } from "./pod-networks";
import type { LocatedPolicy } from "./policies";
import type { PolicyObject, UndecidedAuthorization } from "./policy-objects";
import { backendsOf, setBackends } from "./service-backends";
import type { ServiceManifest } from "./service-manifest";
import { opaqueByServices } from "./services";
import { unseenReference } from "./unseen";
import { addScaled, readWorkloads } from "./workload-pods";
import type { Workload } from "./workloads";

/** The contents of a cluster, as far as manifests describe them. */
export interface ClusterManifests {
  policies: LocatedPolicy[];
  workloads: Workload[];
  namespaces: NamespaceFacts[];
  services: ServiceManifest[];
  cidrGroups: CidrGroupFacts[];
  /** The Services that the API server itself calls. */
  webhooks: WebhookFacts[];
  /** Linkerd policy objects, as a cluster stores them. */
  authorization: PolicyObject[];
  /** The part of them that depends on unknown values. Absent: nothing. */
  undecidedAuthorization?: UndecidedAuthorization;
  /** Where the API server is. Absent: unknown. */
  apiServer?: ApiServer;
  /** The clusters that Linkerd is linked to. Absent: none. */
  links?: LinkFacts[];
  /** What Cilium's own proxy serves. Absent: nothing. */
  gateways?: Gateways;
  /** Known blocks and addresses of pods. */
  podNetworks?: string[];
  /** What injection adds to the pods of namespaces, by namespace. Absent: nothing. */
  namespaceMeshes?: ReadonlyMap<string, NamespaceMesh>;
  /** What is reported as not taken into account. */
  unseen: Unseen[];
  problems: Problem[];
}

/**
 * Sorts Kubernetes objects into policies, workloads, namespaces, Services and CIDR groups. All objects pass through here, from any source: files,
 * `kubectl get`, and what a Pulumi program registers. What a kind means is in `kind-readers.ts`; here is what objects mean together.
 *
 * @param defaultNamespace The namespace of namespaced objects without one. Default: `default`.
 */
export function readCluster(objects: readonly KubernetesObject[], defaultNamespace = "default"): ClusterManifests {
  const reading = new ClusterReading(defaultNamespace);
  for (const object of objects) readByKind(object, reading);

  const { namespaces, authorization, undecided, links, problems } = reading;
  const services = reading.services.map(({ service }) => service);
  const workloads = readWorkloads(reading.workloads, namespaces, reading.report);
  addScaled(workloads, reading.autoscalers);
  for (const workload of workloads) setPorts(workload, services);

  const backends = backendsOf(objects, defaultNamespace);
  for (const service of services) setBackends(service, backends.get(`${service.namespace}/${service.name}`));

  const unseen = [
    ...reading.unseen,
    ...unseenReferences(reading),
    ...reading.services.flatMap(({ source, service }) => unseenMirror(source, service, links) ?? []),
  ];
  const apiServer = apiServerOf(objects);
  const gateways = gatewaysOf(objects, defaultNamespace);
  const namespaceMeshes = namespaces.meshes();
  return {
    policies: reading.policies,
    workloads,
    ...(apiServer !== undefined && { apiServer }),
    ...(gateways !== undefined && { gateways }),
    ...(links.length > 0 && { links }),
    namespaces: namespaces.facts(),
    services: services.sort((a, b) => compareText(`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`)),
    authorization,
    ...((undecided.widest.length > 0 || Object.keys(undecided.places).length > 0) && {
      undecidedAuthorization: undecided,
    }),
    podNetworks: podNetworksOf(objects),
    ...(namespaceMeshes.size > 0 && { namespaceMeshes }),
    webhooks: reading.webhooks,
    cidrGroups: reading.cidrGroups.sort((a, b) => compareText(a.name, b.name)),
    unseen: sortedUnseen(unseen),
    problems,
  };
}

/** Adds the opaque ports that Services give a workload, and the ports at which Linkerd's own pods are called without the proxy's port. */
function setPorts(workload: Workload, services: readonly ServiceManifest[]): void {
  const { endpoint } = workload;
  const { mesh } = endpoint;
  if (mesh === undefined) return;
  const byServices = opaqueByServices(endpoint, services);
  if (byServices.length > 0) {
    workload.opaque = { ...(mesh.opaquePorts !== undefined && { own: mesh.opaquePorts }), byServices };
    mesh.opaquePorts = unionOfPorts(mesh.opaquePorts ?? DEFAULT_OPAQUE_PORTS, byServices);
  }
  if (mesh.injected) Object.assign(mesh, directPortsOf(endpoint.labels));
}

/** Workloads that take their pods from another one (a Rollout with `workloadRef`), where no manifest describes that one. */
function unseenReferences({ references, workloads }: ClusterReading): Unseen[] {
  if (references.length === 0) return [];
  const given = new Set(workloads.map(({ object, namespace }) => `${namespace}/${object.kind}/${object.name}`));
  return references
    .filter(({ namespace, to }) => !given.has(`${namespace}/${to.kind}/${to.name}`))
    .map(({ object, namespace, to }) => unseenReference(object, namespace, to));
}
