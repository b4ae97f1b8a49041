import { policyKind } from "../../linkerd/api/object";
import { connectionRouteKind } from "../../linkerd/api/route";
import { readCidrGroup } from "./cidr-groups";
import { readClusterPolicy } from "./cluster-policies";
import type { ClusterReading } from "./cluster-reading";
import { currentApi, groupOf, policyKinds, templatePath, unevaluated, workloadGroups } from "./kinds";
import { readKubernetesPolicy } from "./kubernetes-policies";
import { isLink, readLink } from "./links";
import { ambiguousIn, place } from "./object-problems";
import { type KubernetesObject, metadataOf } from "./objects";
import { type LocatedPolicy, readPolicy, suspectKind } from "./policies";
import { readPolicyObject } from "./policy-objects";
import { readService } from "./services";
import { isRecord } from "./shape";
import { unseenOf } from "./unseen";
import { unseenChanges } from "./unseen-changes";
import { unseenOfLinkerd } from "./unseen-linkerd";
import { readWebhooks, webhookGroups } from "./webhooks";

/** Reads the objects of one kind, or of several that are read in the same way. */
interface KindReader {
  takes: (object: KubernetesObject, group: string) => boolean;
  read: (object: KubernetesObject, into: ClusterReading) => void;
}

/** The first that takes an object reads it. */
const kindReaders: readonly KindReader[] = [
  { takes: ({ kind }, group) => unevaluated[`${group}/${kind}`] !== undefined, read: reportUnevaluated },
  { takes: (object) => currentApi(object) !== undefined, read: reportUnserved },
  { takes: ({ kind }) => policyKinds.some((known) => known === kind), read: readCiliumPolicy },
  { takes: isA("networking.k8s.io", "NetworkPolicy"), read: readNetworkPolicy },
  { takes: isA("policy.networking.k8s.io", "ClusterNetworkPolicy"), read: readClusterNetworkPolicy },
  { takes: isA("", "Namespace"), read: (object, into) => into.namespaces.add(object, into.faultsOf(object)) },
  { takes: isA("", "Service"), read: readServiceObject },
  { takes: isLink, read: readMulticlusterLink },
  { takes: isA("cilium.io", "CiliumCIDRGroup"), read: readCidrGroupObject },
  { takes: ({ kind }, group) => webhookGroups[kind] === group, read: readWebhookConfiguration },
  {
    takes: ({ kind }, group) => templatePath[kind] !== undefined && workloadGroups[kind] === group,
    read: readWorkloadObject,
  },
  { takes: isA("autoscaling", "HorizontalPodAutoscaler"), read: readAutoscaler },
  // TLSRoutes and TCPRoutes of Linkerd's EgressNetworks decide what may leave the cluster.
  { takes: ({ value }) => connectionRouteKind({ ...value }) !== undefined, read: readConnectionRoute },
  { takes: (object) => policyKind(object) !== undefined, read: readLinkerdPolicyObject },
];

/** Adds what an object describes to the reading of its cluster. */
export function readByKind(object: KubernetesObject, into: ClusterReading): void {
  const group = groupOf(object.apiVersion);
  const reader = kindReaders.find(({ takes }) => takes(object, group));
  if (reader === undefined) reportOther(object, into);
  else reader.read(object, into);
}

function isA(group: string, kind: string): KindReader["takes"] {
  return (object, ofObject) => object.kind === kind && ofObject === group;
}

function reportUnevaluated(object: KubernetesObject, { report }: ClusterReading): void {
  const reason = unevaluated[`${groupOf(object.apiVersion)}/${object.kind}`];
  report({
    ...place(object),
    code: "not-evaluated",
    message: `${object.kind} is not evaluated: ${reason}. What follows does not take it into account`,
    leftOut: identityOf(object),
  });
}

function reportUnserved(object: KubernetesObject, { report }: ClusterReading): void {
  const { kind, apiVersion } = object;
  report({
    ...place(object, ["apiVersion"]),
    code: "unserved-version",
    path: ["apiVersion"],
    message: `no cluster serves ${kind} under ${apiVersion}; write ${currentApi(object)}. It is left out`,
    leftOut: identityOf(object),
  });
}

function readCiliumPolicy(object: KubernetesObject, into: ClusterReading): void {
  if (into.isDuplicate(object)) return;
  addPolicy(readPolicy(object, into.defaultNamespace, into.report), object, into);
}

function readNetworkPolicy(object: KubernetesObject, into: ClusterReading): void {
  if (into.isDuplicate(object)) return;
  const policy = readKubernetesPolicy(object, into.defaultNamespace, into.report);
  // Kubernetes' selectors know no label sources, so none is ambiguous.
  if (policy !== undefined) into.policies.push(policy);
}

function readClusterNetworkPolicy(object: KubernetesObject, into: ClusterReading): void {
  if (into.isDuplicate(object)) return;
  addPolicy(readClusterPolicy(object, into.report), object, into);
}

function addPolicy(policy: LocatedPolicy | undefined, object: KubernetesObject, into: ClusterReading): void {
  if (policy === undefined) return;
  into.policies.push(policy);
  into.unseen.push(...ambiguousIn(policy, object));
}

function readServiceObject(source: KubernetesObject, into: ClusterReading): void {
  const service = readService(source, into.namespaceOf(source), into.faultsOf(source));
  into.services.push({ source, service });
}

function readMulticlusterLink(object: KubernetesObject, into: ClusterReading): void {
  if (into.isDuplicate(object)) return;
  const { link, unseen } = readLink(object, into.namespaceOf(object));
  into.links.push(link);
  into.unseen.push(...unseen);
}

function readCidrGroupObject(object: KubernetesObject, into: ClusterReading): void {
  if (into.isDuplicate(object)) return;
  const group = readCidrGroup(object, into.report, into.faultsOf(object));
  if (group !== undefined) into.cidrGroups.push(group);
}

function readWebhookConfiguration(object: KubernetesObject, into: ClusterReading): void {
  into.webhooks.push(...readWebhooks(object));
  const changes = unseenChanges(object);
  if (changes !== undefined) into.unseen.push(changes);
}

function readWorkloadObject(object: KubernetesObject, into: ClusterReading): void {
  const namespace = into.namespaceOf(object);
  const { spec } = object.value;
  // A Rollout that refers to a Deployment has the Deployment's pods, with their labels.
  if (isRecord(spec) && isRecord(spec.workloadRef)) into.references.push({ object, namespace, to: spec.workloadRef });
  else if (!into.isDuplicate(object)) into.workloads.push({ object, namespace });
}

function readAutoscaler(object: KubernetesObject, into: ClusterReading): void {
  into.autoscalers.push({ object, namespace: into.namespaceOf(object) });
}

function readConnectionRoute(source: KubernetesObject, into: ClusterReading): void {
  if (into.isDuplicate(source)) return;
  const metadata = { ...metadataOf(source), name: source.name, namespace: into.namespaceOf(source) };
  into.authorization.push({ object: { ...source.value, metadata }, source });
}

/** Where values are unknown, the object is read at its narrowest, and `undecided` gets it at its broadest. */
function readLinkerdPolicyObject(object: KubernetesObject, into: ClusterReading): void {
  const namespace = into.namespaceOf(object);
  const { undecided } = into;
  if (object.unknownAuthorization !== undefined) {
    const { place: where = namespace, missing, written } = object.unknownAuthorization;
    undecided.written.push(written);
    undecided.places[where] ??= missing;
    return;
  }
  if (into.isDuplicate(object)) return;
  const { extremes } = object;
  if (extremes !== undefined) {
    undecided.written.push(extremes.written);
    const widest = readPolicyObject({ ...object, value: extremes.most }, namespace, () => {});
    if (widest !== undefined) undecided.widest.push({ object: widest.object, missing: extremes.missing });
    if (extremes.isAbsent) return;
  }
  const stored = readPolicyObject(object, namespace, into.report);
  if (stored === undefined) return;
  into.authorization.push(stored);
  const unseen = unseenOfLinkerd(stored, namespace);
  if (unseen !== undefined) into.unseen.push(unseen);
}

/** An object of a kind that is not evaluated: reported if it may matter, or if its kind is misspelled. */
function reportOther(object: KubernetesObject, into: ClusterReading): void {
  const unseen = unseenOf(object, into.defaultNamespace) ?? unseenChanges(object);
  if (unseen !== undefined) into.unseen.push(unseen);
  const suggestion = suspectKind(object);
  if (suggestion === undefined) return;
  into.report({
    ...place(object, ["kind"]),
    code: "unknown-kind",
    path: ["kind"],
    message: `there is no such kind${suggestion}`,
    leftOut: identityOf(object),
  });
}

function identityOf({ kind, name, namespace }: KubernetesObject) {
  return { kind, name, ...(namespace !== undefined && { namespace }) };
}
