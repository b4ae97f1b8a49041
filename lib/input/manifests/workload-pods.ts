import { isIdentityLabel } from "../../cilium/policy/label-filter";
import { append } from "../../common/maps";
import type { Problem } from "../../common/problem";
import { compareText } from "../../common/text";
import { DEFAULT_SKIPPED_PORTS } from "../../linkerd/wire/wire";
import type { EndpointMesh } from "../../scenario/scenario";
import type { PlacedObject } from "./cluster-reading";
import type { NamespaceMetadata } from "./injected-pod";
import { templatePath } from "./kinds";
import type { KubernetesObject } from "./objects";
import { isRecord, memberAt } from "./shape";
import { controllerLabels, ownerOf, readWorkload, type Workload } from "./workloads";

/**
 * Reads workloads. `kubectl get all` lists a Deployment, its ReplicaSets and their pods: they are one workload, unless policies or Linkerd can tell
 * its pods apart; then each kind of pod is one. Pods represent an owner that is not given, finished pods are ignored, and the runs of a CronJob are
 * the CronJob.
 */
export function readWorkloads(
  found: readonly PlacedObject[],
  namespaces: NamespaceMetadata,
  report: (problem: Problem) => void,
): Workload[] {
  const given = new Map(found.map((one) => [keyOf(one.object.kind, one.namespace, one.object.name), one]));
  const workloads = new Map<string, Workload[]>();
  for (const one of found) {
    const { object, namespace } = one;
    const owner = ownerOf(object);
    const isOwned = owner !== undefined && given.has(keyOf(owner.kind, namespace, owner.name));
    // An object between an owner and its pods, such as a ReplicaSet, adds nothing to either.
    if (hasFinished(object) || (isOwned && object.kind !== "Pod")) continue;
    const workload = readWorkload(object, namespace, namespaces, report);
    if (workload === undefined) continue;
    const { kind, name } = topOwnerOf(one, given);
    const isRun = kind === "CronJob" && object.kind !== "CronJob";
    append(workloads, keyOf(kind, namespace, name), {
      ...workload,
      kind,
      name,
      endpoint: {
        ...workload.endpoint,
        id: `${namespace}/${name}`,
        // The labels of one run differ from those of the next.
        ...(isRun && { labels: { ...workload.endpoint.labels, ...controllerLabels("CronJob", name) } }),
      },
    });
  }
  const distinct = [...workloads.values()].flatMap((pods) => distinctPods(pods));
  const byId = new Map<string, Workload[]>();
  for (const workload of distinct) append(byId, workload.endpoint.id, workload);
  for (const namesakes of byId.values()) {
    // The first one keeps its name, so that adding a CronJob does not rename the Deployment.
    for (const workload of namesakes.sort((a, b) => rankOf(a) - rankOf(b)).slice(1)) {
      workload.endpoint.id = `${workload.endpoint.namespace}/${workload.kind.toLowerCase()}/${workload.name}`;
    }
  }
  return distinct.sort((a, b) => compareText(a.endpoint.id, b.endpoint.id));
}

const keyOf = (kind: string, namespace: string, name: string) => `${kind}/${namespace}/${name}`;
const kinds = Object.keys(templatePath);
const rankOf = ({ kind }: Workload) => kinds.indexOf(kind);

/** Whether a pod, or a Job with all its pods, has finished. */
function hasFinished({ kind, value }: KubernetesObject): boolean {
  const status = isRecord(value.status) ? value.status : {};
  if (kind === "Pod") return status.phase === "Succeeded" || status.phase === "Failed";
  if (kind !== "Job" || !Array.isArray(status.conditions)) return false;
  return status.conditions.some(
    (one) => isRecord(one) && one.status === "True" && (one.type === "Complete" || one.type === "Failed"),
  );
}

/** The topmost owner of an object, given or not: pod `web-7d4b9c-x2x` of ReplicaSet `web-7d4b9c` belongs to Deployment `web`. */
function topOwnerOf(
  { object, namespace }: PlacedObject,
  given: ReadonlyMap<string, PlacedObject>,
): { kind: string; name: string } {
  const owner = ownerOf(object);
  // A static pod's owner is its node, which is not a workload.
  if (owner === undefined || owner.kind === "Node") return { kind: object.kind, name: object.name };
  const found = given.get(keyOf(owner.kind, namespace, owner.name));
  if (found !== undefined) return topOwnerOf(found, given);
  const hash = hashOf(object);
  if (owner.kind === "ReplicaSet" && hash !== undefined && owner.name.endsWith(`-${hash}`))
    return { kind: "Deployment", name: owner.name.slice(0, -hash.length - 1) };
  const run = owner.kind === "Job" ? cronJobOfRun(owner.name) : undefined;
  return run === undefined ? owner : { kind: "CronJob", name: run };
}

/** The CronJob of a Job by its name, which ends in the scheduled time in minutes since 1970 (`getJobName` of the controller). */
export function cronJobOfRun(job: string): string | undefined {
  return /^(.+)-\d{8,9}$/.exec(job)?.[1];
}

function hashOf(object: KubernetesObject): string | undefined {
  const labels = memberAt(object.value, ["metadata", "labels"]);
  // The ReplicaSets of a Rollout have their own label for it.
  const hash = isRecord(labels) ? (labels["pod-template-hash"] ?? labels["rollouts-pod-template-hash"]) : undefined;
  return typeof hash === "string" ? hash : undefined;
}

/** Reduces the pods of a workload to one for each kind. The kind of its template comes first, or else the one with the most pods. */
function distinctPods(all: readonly Workload[]): Workload[] {
  const bySignature = new Map<string, Workload[]>();
  for (const one of all) append(bySignature, signatureOf(one), one);
  const groups = [...bySignature].map(([seen, list]) => ({ seen, list }));
  const template = groups.find(({ list }) => list.some(({ isTemplate }) => isTemplate === true));
  const [first, ...others] = groups.sort(
    (a, b) =>
      Number(b === template) - Number(a === template) || b.list.length - a.list.length || compareText(a.seen, b.seen),
  );
  const named = new Set<string>();
  return [first, ...others].flatMap((group) => {
    const [one] = group?.list ?? [];
    if (group === undefined || one === undefined) return [];
    const pods = group.list.filter(({ isTemplate }) => isTemplate !== true).length;
    const several = pods > 1 || group.list.some(({ endpoint }) => endpoint.several === true);
    if (several) one.endpoint.several = true;
    // A running pod shows the settings it was injected with, which may differ from the chart's current values.
    const known = group.list.find(
      ({ endpoint: { mesh } }) => mesh?.skipInboundPorts ?? mesh?.skipOutboundPorts ?? mesh?.skipSubnets,
    );
    if (known?.endpoint.mesh !== undefined) one.endpoint.mesh = known.endpoint.mesh;
    const nodeLabels = commonLabels(group.list);
    if (nodeLabels === undefined) delete one.nodeLabels;
    else one.nodeLabels = nodeLabels;
    const words = group === first ? [] : differences(one, first?.list[0]);
    const plain = [one.endpoint.id, ...words].join(" ");
    // If no label or the like tells them apart, a number does.
    let id = plain;
    for (let number = 2; named.has(id); number++) id = `${plain} (${number})`;
    named.add(id);
    one.endpoint.id = id;
    return [one];
  });
}

/** The labels that the nodes of all these pods have in common. */
function commonLabels([first, ...others]: readonly Workload[]): Record<string, string> | undefined {
  if (first?.nodeLabels === undefined || others.length === 0) return first?.nodeLabels;
  const common = Object.entries(first.nodeLabels).filter(([key, value]) =>
    others.every(({ nodeLabels = {} }) => nodeLabels[key] === value),
  );
  return Object.fromEntries(common);
}

/** Everything that policies and Linkerd see of a pod, as text. */
function signatureOf({ endpoint }: Workload): string {
  const { labels, unknownLabels, unknownPorts, hostNetwork, serviceAccount, reserved, ports = [], mesh } = endpoint;
  const own = identityLabels(hostNetwork?.labels ?? labels);
  return JSON.stringify([
    own,
    serviceAccount,
    reserved,
    mesh === undefined ? undefined : withSkippedPorts(mesh),
    ports.map(({ name, port, protocol }) => [name, port, protocol]),
    unknownLabels,
    unknownPorts,
  ]);
}

/** Makes the chart's default of skipped ports explicit, because linkerd-init's arguments in a pod name them even if its template does not. */
export const withSkippedPorts = ({ skipInboundPorts, skipOutboundPorts, skipSubnets: _, ...mesh }: EndpointMesh) => ({
  ...mesh,
  skipInboundPorts: skipInboundPorts ?? DEFAULT_SKIPPED_PORTS,
  skipOutboundPorts: skipOutboundPorts ?? DEFAULT_SKIPPED_PORTS,
});

/** Without labels outside of identities, which differ between pods, and those of the injector, which a template lacks. */
function identityLabels(labels: Readonly<Record<string, string>>): [string, string][] {
  return Object.entries(labels)
    .filter(
      ([key]) =>
        isIdentityLabel({ source: "k8s", key }) && !/^linkerd\.io\/(proxy-|workload-ns|control-plane-ns)/.test(key),
    )
    .sort(([a], [b]) => compareText(a, b));
}

/** Describes how one pod differs from another: `with version=v2`, `unmeshed`. */
function differences({ endpoint: one }: Workload, other: Workload | undefined): string[] {
  const before = new Map(identityLabels(other?.endpoint.labels ?? {}));
  const own = identityLabels(one.labels);
  const keys = new Set(own.map(([key]) => key));
  const labels = [
    ...own.filter(([key, value]) => before.get(key) !== value).map(([key, value]) => `${key}=${value}`),
    ...[...before.keys()].filter((key) => !keys.has(key)).map((key) => `no ${key}`),
  ];
  const meshed = one.mesh?.injected === true;
  return [
    ...(meshed === (other?.endpoint.mesh?.injected === true) ? [] : [meshed ? "meshed" : "unmeshed"]),
    ...(one.serviceAccount === other?.endpoint.serviceAccount ? [] : [`as ${one.serviceAccount ?? "default"}`]),
    ...(labels.length === 0 ? [] : [`with ${labels.join(", ")}`]),
  ];
}

/** Marks the workloads that an autoscaler may scale up as having several pods. */
export function addScaled(workloads: readonly Workload[], scalers: readonly PlacedObject[]): void {
  for (const { object, namespace } of scalers) {
    const [kind, name, most] = [
      memberAt(object.value, ["spec", "scaleTargetRef", "kind"]),
      memberAt(object.value, ["spec", "scaleTargetRef", "name"]),
      memberAt(object.value, ["spec", "maxReplicas"]),
    ];
    if (typeof most !== "number" || most < 2) continue;
    for (const { endpoint, ...own } of workloads)
      if (own.kind === kind && own.name === name && endpoint.namespace === namespace) endpoint.several = true;
  }
}
