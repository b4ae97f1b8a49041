import { K8S_SOURCE } from "../cilium/api/labels";
import { isIdentityLabel } from "../cilium/policy/label-filter";
import { holdsFor } from "../cilium/policy/node-selector";
import { append } from "../common/maps";
import { compareText } from "../common/text";
import { cronJobOfRun, withSkippedPorts } from "../input/manifests/workload-pods";
import { controllerLabels, type Workload } from "../input/manifests/workloads";
import type { InboundFacts, NodeSettings } from "../scenario/scenario";
import { isJob, type JobTemplate, jobOf, type LiveJob } from "./live-jobs";
import type { LivePod, RunningPod } from "./live-pods";

/** Pods of one workload that Cilium and Linkerd treat alike. */
export interface LiveWorkload {
  /** The id of its endpoint in the scenario. */
  id: string;
  kind: string;
  name: string;
  namespace: string;
  /** Whether a proxy runs in its pods. */
  meshed: boolean;
  /** Whether they are on the host network, so that their policy is the node's. */
  hostNetwork: boolean;
  endpoint: Workload["endpoint"];
  /** What decides Linkerd's authorization at it. Absent without a proxy. */
  inbound?: InboundFacts;
  /** All labels of one of its nodes; the other nodes of its pods have the same settings. Absent if unknown. */
  nodeLabels?: { [key: string]: string };
  /** The pods of a Job or CronJob come and go: between two runs there are none. */
  pods: LivePod[];
  /** The template of a Job or CronJob. Absent for other workloads, and if its pods have an older template. */
  template?: JobTemplate;
}

/**
 * Groups pods into workloads. During a rollout, or if injection failed for some, pods of one workload differ: the largest group
 * represents the workload, and each other group is a workload of its own. A Job or CronJob is represented by its template.
 *
 * @param read Each pod as the manifest readers see it.
 * @param jobs Jobs and CronJobs, which need not have pods.
 * @param nodeSettings Settings of some nodes, which make pods of one workload differ.
 */
export function groupPods(
  pods: readonly RunningPod[],
  read: readonly Workload[],
  jobs: readonly LiveJob[] = [],
  nodeSettings: readonly NodeSettings[] = [],
): LiveWorkload[] {
  const readOf = new Map(read.map((workload) => [`${workload.endpoint.namespace}/${workload.name}`, workload]));
  const cronJobs = new Map(
    jobs.flatMap(({ runs, namespace, name }) => runs.map((run) => [`${namespace}/${run}`, name])),
  );
  const byOwner = new Map<string, Owned>();
  const ownedBy = ({ kind, name }: Owner, namespace: string): Owned => {
    const key = `${kind} ${namespace}/${name}`;
    const found = byOwner.get(key) ?? { owner: { kind, name }, namespace, variants: new Map<string, Member[]>() };
    byOwner.set(key, found);
    return found;
  };
  for (const job of jobs) ownedBy(job, job.namespace).job = job;
  for (const pod of pods) {
    const workload = readOf.get(`${pod.live.namespace}/${pod.live.name}`);
    if (workload === undefined) continue;
    const owner = rootOwner(ownerOf(pod), pod.live.namespace, cronJobs);
    const { variants } = ownedBy(owner, pod.live.namespace);
    const { inbound } = workload;
    const endpoint = withoutRunLabels(workload.endpoint, owner);
    append(variants, `${variantOf(endpoint)}${isJob(owner.kind) ? "" : settingsOn(pod, nodeSettings)}`, {
      pod,
      endpoint,
      ...(inbound !== undefined && { inbound }),
    });
  }
  const isPlaced = nodeSettings.length > 0;
  const workloads = [...byOwner.values()]
    .flatMap((owned) => workloadsOf(owned))
    .map(({ nodeLabels, ...workload }) => ({
      ...workload,
      ...(isPlaced && nodeLabels !== undefined && { nodeLabels }),
    }));
  return withUniqueIds(workloads).sort((a, b) => compareText(a.id, b.id));
}

/** The node settings that apply where a pod runs, as text. */
function settingsOn({ nodeLabels }: RunningPod, nodeSettings: readonly NodeSettings[]): string {
  if (nodeSettings.length === 0 || nodeLabels === undefined) return "";
  return nodeSettings.map((own) => holdsFor(own, { nodeLabels, isNodeKnown: true })).join();
}

interface Owner {
  kind: string;
  name: string;
}

/** The pods of one owner, by what Cilium and Linkerd see of them. */
interface Owned {
  owner: Owner;
  namespace: string;
  variants: Map<string, Member[]>;
  /** Present if the owner is a Job or CronJob. */
  job?: LiveJob;
}

interface Member {
  pod: RunningPod;
  endpoint: Workload["endpoint"];
  inbound?: InboundFacts;
}

function workloadsOf({ owner, namespace, variants, job }: Owned): LiveWorkload[] {
  const ofTemplate = job && variantOf(job.endpoint);
  const [first, ...others] = [...variants]
    .sort(
      ([seen, a], [other, b]) =>
        Number(other === ofTemplate) - Number(seen === ofTemplate) || b.length - a.length || meshedFirst(a, b),
    )
    .map(([, members]) => members);
  const made = (members: readonly Member[], name: string) => {
    const [member] = members;
    if (member === undefined) return [];
    const stands = isJob(owner.kind) && name === owner.name;
    const template = stands ? { template: (job ?? jobOf(owner, namespace, member)).template } : {};
    return [{ ...liveWorkload({ ...owner, namespace, id: `${namespace}/${name}` }, members, member), ...template }];
  };
  const alone = (all: readonly Member[]) => all.flatMap((member) => made([member], member.pod.live.name));
  const isOfTemplate = first !== undefined && (ofTemplate === undefined || variants.get(ofTemplate) === first);
  if (job === undefined || isOfTemplate) return [...made(first ?? [], owner.name), ...alone(others.flat())];
  return [betweenRuns(job), ...alone([...(first ?? []), ...others.flat()])];
}

const meshedFirst = (a: readonly Member[], b: readonly Member[]) => Number(b[0]?.pod.meshed) - Number(a[0]?.pod.meshed);

/** Everything that Cilium and Linkerd see of a pod, except its name. */
function variantOf({ id: _, labels, several: __, mesh, ...facts }: Workload["endpoint"]): string {
  const seen = Object.entries(labels).filter(([key]) => isIdentityLabel({ source: K8S_SOURCE, key }));
  return JSON.stringify({
    ...facts,
    ...(mesh?.injected === true && { mesh: withSkippedPorts(mesh) }),
    labels: seen.sort(([a], [b]) => compareText(a, b)),
  });
}

/** A workload of these pods; the last argument is the one that stands for all of them. */
function liveWorkload(
  named: Pick<LiveWorkload, "id" | "kind" | "name" | "namespace">,
  members: readonly Member[],
  { pod, endpoint, inbound }: Member,
): LiveWorkload {
  return {
    ...named,
    meshed: pod.meshed,
    hostNetwork: pod.pod.spec.hostNetwork === true,
    endpoint: { ...endpoint, id: named.id },
    ...(inbound !== undefined && { inbound }),
    // Each run of a Job may be on another node.
    ...(pod.nodeLabels !== undefined && !isJob(named.kind) && { nodeLabels: pod.nodeLabels }),
    pods: members.map(({ pod }) => pod.live).sort((a, b) => compareText(a.name, b.name)),
  };
}

/** A Job or CronJob without a running pod of its current template. */
function betweenRuns({ kind, name, namespace, endpoint, inbound, template }: LiveJob): LiveWorkload {
  return {
    ...{ id: endpoint.id, kind, name, namespace, endpoint, pods: [], template },
    meshed: endpoint.mesh?.injected === true,
    hostNetwork: endpoint.hostNetwork !== undefined,
    ...(inbound !== undefined && { inbound }),
  };
}

/** Workloads of one name and different kinds are distinguished as in manifests. */
function withUniqueIds(workloads: readonly LiveWorkload[]): LiveWorkload[] {
  return workloads.map((workload) => {
    if (workloads.filter(({ id }) => id === workload.id).length === 1) return workload;
    const id = `${workload.namespace}/${workload.kind.toLowerCase()}/${workload.name}`;
    return { ...workload, id, endpoint: { ...workload.endpoint, id } };
  });
}

/** The Deployment rather than the ReplicaSet, and the node's static pods under their own names. */
export function ownerOf({ pod: { metadata } }: Pick<RunningPod, "pod">): Owner {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined || owner.kind === "Node") return { kind: "Pod", name: metadata.name };
  const hash = metadata.labels?.["pod-template-hash"];
  if (owner.kind === "ReplicaSet" && hash !== undefined && owner.name.endsWith(`-${hash}`)) {
    return { kind: "Deployment", name: owner.name.slice(0, -hash.length - 1) };
  }
  return { kind: owner.kind, name: owner.name };
}

/** The CronJob rather than its run: from the Job if that could be read, otherwise from how CronJobs name their Jobs. */
function rootOwner(owner: Owner, namespace: string, cronJobs: ReadonlyMap<string, string>): Owner {
  if (owner.kind !== "Job") return owner;
  const name = cronJobs.get(`${namespace}/${owner.name}`) ?? cronJobOfRun(owner.name);
  return name === undefined ? owner : { kind: "CronJob", name };
}

/** Without the labels that differ from run to run. */
function withoutRunLabels(endpoint: Workload["endpoint"], { kind, name }: Owner): Workload["endpoint"] {
  if (!isJob(kind) || endpoint.hostNetwork !== undefined) return endpoint;
  return { ...endpoint, labels: { ...endpoint.labels, ...controllerLabels(kind, name) } };
}
