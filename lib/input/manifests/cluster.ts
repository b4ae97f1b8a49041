import type { Problem } from "../../common/problem";
import { compareText } from "../../common/text";
import { sortedUnseen, type Unseen } from "../../common/unseen";
import { policyKind } from "../../linkerd/api/object";
import { connectionRouteKind } from "../../linkerd/api/route";
import { INJECT_ANNOTATION } from "../../linkerd/wire/injection";
import { directPortsOf } from "../../linkerd/wire/well-known";
import { DEFAULT_OPAQUE_PORTS, unionOfPorts } from "../../linkerd/wire/wire";
import type { WebhookFacts } from "../../scenario/lint-facts";
import type { CidrGroupFacts, NamespaceFacts } from "../../scenario/scenario";
import { type ApiServer, apiServerOf } from "./api-server";
import { readCidrGroup } from "./cidr-groups";
import { readClusterPolicy } from "./cluster-policies";
import { type Gateways, gatewaysOf } from "./gateways";
import { readKubernetesPolicy } from "./kubernetes-policies";
import { isLink, type LinkFacts, readLink, unseenMirror } from "./links";
import { type NamespaceMesh, namespaceMeshOf } from "./namespace-mesh";
import { ambiguousIn, duplicate, faultReporter, place } from "./object-problems";
import {
  currentApi,
  groupOf,
  type KubernetesObject,
  metadataOf,
  policyKinds,
  templatePath,
  unevaluated,
  workloadGroups,
} from "./objects";
import { knownMembers } from "./placeholders";
import { podNetworksOf } from "./pod-networks";
import { type LocatedPolicy, readPolicy, suspectKind } from "./policies";
import { type PolicyObject, readPolicyObject, type UndecidedAuthorization } from "./policy-objects";
import { type Backends, backendsOf } from "./service-backends";
import { isApiServers, type ServiceManifest } from "./service-manifest";
import { opaqueByServices, readService } from "./services";
import { isRecord } from "./shape";
import { stringMap } from "./typed-members";
import { unseenOf, unseenReference } from "./unseen";
import { unseenChanges } from "./unseen-changes";
import { unseenOfLinkerd } from "./unseen-linkerd";
import { readWebhooks, webhookGroups } from "./webhooks";
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
 * `kubectl get`, and what a Pulumi program registers.
 *
 * @param defaultNamespace The namespace of namespaced objects without one. Default: `default`.
 */
export function readCluster(objects: readonly KubernetesObject[], defaultNamespace = "default"): ClusterManifests {
  const problems: Problem[] = [];
  const report = (problem: Problem) => problems.push(problem);
  const namespaces = new Map<string, Record<string, string>>();
  const unknownLabels = new Map<string, Record<string, string>>();
  const annotations = new Map<string, Record<string, string>>();
  const annotators = new Map<string, KubernetesObject>();
  const services: ServiceManifest[] = [];
  const cidrGroups: CidrGroupFacts[] = [];
  const webhooks: WebhookFacts[] = [];
  const policies: LocatedPolicy[] = [];
  const workloads: { object: KubernetesObject; namespace: string }[] = [];
  const scaled: { object: KubernetesObject; namespace: string }[] = [];
  const referring: { object: KubernetesObject; namespace: string; to: Record<string, unknown> }[] = [];
  const unseen: Unseen[] = [];
  const authorization: PolicyObject[] = [];
  const links: LinkFacts[] = [];
  const mirrored: [KubernetesObject, ServiceManifest][] = [];
  const undecided: UndecidedAuthorization = { widest: [], places: {}, written: [] };
  const seen = new Map<string, KubernetesObject>();

  for (const object of objects) {
    const group = groupOf(object.apiVersion);
    const namespace = object.namespace ?? defaultNamespace;
    const faulty = faultReporter(object, report);
    const reason = unevaluated[`${group}/${object.kind}`];
    const current = currentApi(object);
    if (reason !== undefined) {
      report({
        ...place(object),
        code: "not-evaluated",
        message: `${object.kind} is not evaluated: ${reason}. What follows does not take it into account`,
        leftOut: identityOf(object),
      });
    } else if (current !== undefined) {
      report({
        ...place(object, ["apiVersion"]),
        code: "unserved-version",
        path: ["apiVersion"],
        message: `no cluster serves ${object.kind} under ${object.apiVersion}; write ${current}. It is left out`,
        leftOut: identityOf(object),
      });
    } else if (includes(policyKinds, object.kind)) {
      if (duplicate(seen, object, namespace, report)) continue;
      const policy = readPolicy(object, defaultNamespace, report);
      if (policy === undefined) continue;
      policies.push(policy);
      unseen.push(...ambiguousIn(policy, object));
    } else if (group === "networking.k8s.io" && object.kind === "NetworkPolicy") {
      if (duplicate(seen, object, namespace, report)) continue;
      const policy = readKubernetesPolicy(object, defaultNamespace, report);
      if (policy !== undefined) policies.push(policy);
    } else if (group === "policy.networking.k8s.io" && object.kind === "ClusterNetworkPolicy") {
      if (duplicate(seen, object, namespace, report)) continue;
      const policy = readClusterPolicy(object, report);
      if (policy === undefined) continue;
      policies.push(policy);
      unseen.push(...ambiguousIn(policy, object));
    } else if (group === "" && object.kind === "Namespace") {
      // A namespace may be described twice: by itself, and by a patch that turns injection on.
      const { known, unknown } = knownMembers(stringMap(metadataOf(object).labels, ["metadata", "labels"], faulty));
      namespaces.set(object.name, { ...namespaces.get(object.name), ...known });
      if (unknown !== undefined) unknownLabels.set(object.name, { ...unknownLabels.get(object.name), ...unknown });
      const notes = stringMap(metadataOf(object).annotations, ["metadata", "annotations"], faulty);
      annotations.set(object.name, { ...annotations.get(object.name), ...notes });
      if (INJECT_ANNOTATION in notes || !annotators.has(object.name)) annotators.set(object.name, object);
    } else if (group === "" && object.kind === "Service") {
      const service = readService(object, namespace, faulty);
      services.push(service);
      mirrored.push([object, service]);
    } else if (isLink(object)) {
      if (duplicate(seen, object, namespace, report)) continue;
      const read = readLink(object, namespace);
      links.push(read.link);
      unseen.push(...read.unseen);
    } else if (group === "cilium.io" && object.kind === "CiliumCIDRGroup") {
      if (duplicate(seen, object, namespace, report)) continue;
      const read = readCidrGroup(object, report, faulty);
      if (read !== undefined) cidrGroups.push(read);
    } else if (webhookGroups[object.kind] === group) {
      webhooks.push(...readWebhooks(object));
      const changes = unseenChanges(object);
      if (changes !== undefined) unseen.push(changes);
    } else if (templatePath[object.kind] !== undefined && workloadGroups[object.kind] === group) {
      // A Rollout that refers to a Deployment has the Deployment's pods, with their labels.
      if (isRecord(object.value.spec) && isRecord(object.value.spec.workloadRef)) {
        referring.push({ object, namespace, to: object.value.spec.workloadRef });
        continue;
      }
      if (!duplicate(seen, object, namespace, report)) workloads.push({ object, namespace });
    } else if (group === "autoscaling" && object.kind === "HorizontalPodAutoscaler") {
      scaled.push({ object, namespace });
    } else if (connectionRouteKind({ ...object.value }) !== undefined) {
      // Linkerd's EgressNetworks decide what may leave the cluster.
      if (duplicate(seen, object, namespace, report)) continue;
      const given = isRecord(object.value.metadata) ? object.value.metadata : {};
      const placed = { ...given, name: object.name, namespace };
      authorization.push({ object: { ...object.value, metadata: placed }, source: object });
    } else if (policyKind(object) !== undefined) {
      if (object.unknownAuthorization !== undefined) {
        const { place: where = namespace, missing, written } = object.unknownAuthorization;
        undecided.written.push(written);
        undecided.places[where] ??= missing;
        continue;
      }
      if (duplicate(seen, object, namespace, report)) continue;
      const { extremes } = object;
      if (extremes !== undefined) {
        undecided.written.push(extremes.written);
        const widest = readPolicyObject({ ...object, value: extremes.most }, namespace, () => {});
        if (widest !== undefined) undecided.widest.push({ object: widest.object, missing: extremes.missing });
        if (extremes.isAbsent) continue;
      }
      const stored = readPolicyObject(object, namespace, report);
      const left = stored && unseenOfLinkerd(stored, namespace);
      if (stored !== undefined) authorization.push(stored);
      if (left !== undefined) unseen.push(left);
    } else {
      const made = unseenOf(object, defaultNamespace) ?? unseenChanges(object);
      if (made !== undefined) unseen.push(made);
      const suggestion = suspectKind(object);
      if (suggestion !== undefined) {
        report({
          ...place(object, ["kind"]),
          code: "unknown-kind",
          path: ["kind"],
          message: `there is no such kind${suggestion}`,
          leftOut: identityOf(object),
        });
      }
    }
  }
  const read = readWorkloads(workloads, { annotations, labels: namespaces }, report);
  addScaled(read, scaled);
  for (const workload of read) {
    const { endpoint } = workload;
    const { mesh } = endpoint;
    const opaque = mesh === undefined ? [] : opaqueByServices(endpoint, services);
    if (mesh !== undefined && opaque.length > 0) {
      workload.opaque = { ...(mesh.opaquePorts !== undefined && { own: mesh.opaquePorts }), byServices: opaque };
      mesh.opaquePorts = unionOfPorts(mesh.opaquePorts ?? DEFAULT_OPAQUE_PORTS, opaque);
    }
    if (endpoint.mesh?.injected) Object.assign(endpoint.mesh, directPortsOf(endpoint.labels));
  }
  const given = new Set(
    referring.length === 0
      ? []
      : workloads.map(({ object, namespace }) => `${namespace}/${object.kind}/${object.name}`),
  );
  for (const { object, namespace, to } of referring) {
    if (!given.has(`${namespace}/${to.kind}/${to.name}`)) unseen.push(unseenReference(object, namespace, to));
  }
  const backends = backendsOf(objects, defaultNamespace);
  for (const service of services) addBackends(service, backends.get(`${service.namespace}/${service.name}`));
  unseen.push(...mirrored.flatMap(([object, service]) => unseenMirror(object, service, links) ?? []));
  const apiServer = apiServerOf(objects);
  const gateways = gatewaysOf(objects, defaultNamespace);
  const meshes = [...annotators.values()].flatMap((source): [string, NamespaceMesh][] => {
    const { name } = source;
    const metadata = { annotations: annotations.get(name) ?? {}, labels: namespaces.get(name) ?? {} };
    const mesh = namespaceMeshOf(source, metadata);
    return mesh === undefined ? [] : [[name, mesh]];
  });
  return {
    policies,
    workloads: read,
    ...(apiServer !== undefined && { apiServer }),
    ...(gateways !== undefined && { gateways }),
    ...(links.length > 0 && { links }),
    namespaces: [...namespaces]
      .map(([name, labels]) => {
        const unknown = unknownLabels.get(name);
        return { name, labels, ...(unknown && { unknownLabels: unknown }) };
      })
      .sort((a, b) => compareText(a.name, b.name)),
    services: services.sort((a, b) => compareText(`${a.namespace}/${a.name}`, `${b.namespace}/${b.name}`)),
    authorization,
    ...((undecided.widest.length > 0 || Object.keys(undecided.places).length > 0) && {
      undecidedAuthorization: undecided,
    }),
    podNetworks: podNetworksOf(objects),
    ...(meshes.length > 0 && { namespaceMeshes: new Map(meshes) }),
    webhooks,
    cidrGroups: cidrGroups.sort((a, b) => compareText(a.name, b.name)),
    unseen: sortedUnseen(unseen),
    problems,
  };
}

function addBackends(service: ServiceManifest, found: Backends | undefined): void {
  const hasSelector = Object.keys(service.selector ?? {}).length > 0 || service.unknownSelector !== undefined;
  if (hasSelector || isApiServers(service)) return;
  if (found !== undefined) service.backends = found.addresses;
  // A Service without Endpoints in the manifests may still have some: controllers write them, too.
  if (found?.isWhole === false || service.backends === undefined) service.unseenBackends = true;
}

function identityOf({ kind, name, namespace }: KubernetesObject) {
  return { kind, name, ...(namespace !== undefined && { namespace }) };
}

function includes<T>(values: readonly T[], value: unknown): value is T {
  return (values as readonly unknown[]).includes(value);
}
