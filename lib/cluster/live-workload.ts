import { K8S_SOURCE } from "../cilium/api/labels";
import { isIdentityLabel } from "../cilium/policy/label-filter";
import { compareText } from "../common/text";
import type { Workload } from "../input/manifests/workloads";
import type { InboundFacts } from "../scenario/scenario";
import type { LivePod, RunningPod } from "./live-pods";

/** Pods of one workload that are the same to Cilium and to Linkerd. */
export interface LiveWorkload {
  /** That of its endpoint in the scenario. */
  id: string;
  kind: string;
  name: string;
  namespace: string;
  /** A proxy runs in its pods. */
  meshed: boolean;
  /** In the network of their node: their policy is the node's. */
  hostNetwork: boolean;
  endpoint: Workload["endpoint"];
  /** What decides Linkerd's authorization at it. Absent: it has no proxy. */
  inbound?: InboundFacts;
  pods: LivePod[];
}

/**
 * Gathers pods into workloads. During a rollout, or where injection failed for some, pods of one workload differ: the more numerous kind
 * stands for the workload, and each of the others for itself.
 *
 * @param read What the readers of manifests made of each pod.
 */
export function groupPods(pods: readonly RunningPod[], read: readonly Workload[]): LiveWorkload[] {
  const readOf = new Map(read.map((workload) => [`${workload.endpoint.namespace}/${workload.name}`, workload]));
  const byOwner = new Map<string, Map<string, Member[]>>();
  for (const pod of pods) {
    const workload = readOf.get(`${pod.live.namespace}/${pod.live.name}`);
    if (workload === undefined) continue;
    const owner = ownerOf(pod);
    const variants = byOwner.get(`${owner.kind} ${pod.live.namespace}/${owner.name}`) ?? new Map<string, Member[]>();
    byOwner.set(`${owner.kind} ${pod.live.namespace}/${owner.name}`, variants);
    const variant = variantOf(workload.endpoint);
    const { endpoint, inbound } = workload;
    const member: Member = { pod, owner, endpoint, ...(inbound !== undefined && { inbound }) };
    variants.set(variant, [...(variants.get(variant) ?? []), member]);
  }
  const workloads = [...byOwner.values()].flatMap((variants) => {
    const [first = [], ...others] = [...variants.values()].sort((a, b) => b.length - a.length || meshedFirst(a, b));
    return [workloadOf(first), ...others.flat().map((member) => workloadOf([member], member.pod.live.name))];
  });
  return tellApart(workloads.filter((one) => one !== undefined)).sort((a, b) => compareText(a.id, b.id));
}

const meshedFirst = (a: readonly Member[], b: readonly Member[]) => Number(b[0]?.pod.meshed) - Number(a[0]?.pod.meshed);

interface Member {
  pod: RunningPod;
  owner: { kind: string; name: string };
  endpoint: Workload["endpoint"];
  inbound?: InboundFacts;
}

/** Everything that Cilium and Linkerd see of a pod, save its name. */
function variantOf({ id: _, labels, ...facts }: Workload["endpoint"]): string {
  const seen = Object.entries(labels).filter(([key]) => isIdentityLabel({ source: K8S_SOURCE, key }));
  return JSON.stringify({ ...facts, labels: seen.sort(([a], [b]) => compareText(a, b)) });
}

function workloadOf(members: readonly Member[], alone?: string): LiveWorkload | undefined {
  const [first] = members;
  if (first === undefined) return undefined;
  const { namespace } = first.pod.live;
  const id = `${namespace}/${alone ?? first.owner.name}`;
  return {
    id,
    ...first.owner,
    namespace,
    meshed: first.pod.meshed,
    hostNetwork: first.pod.pod.spec.hostNetwork === true,
    endpoint: { ...first.endpoint, id },
    ...(first.inbound !== undefined && { inbound: first.inbound }),
    pods: members.map(({ pod }) => pod.live).sort((a, b) => compareText(a.name, b.name)),
  };
}

/** Workloads of one name and different kinds are distinguished as in manifests. */
function tellApart(workloads: readonly LiveWorkload[]): LiveWorkload[] {
  return workloads.map((workload) => {
    if (workloads.filter(({ id }) => id === workload.id).length === 1) return workload;
    const id = `${workload.namespace}/${workload.kind.toLowerCase()}/${workload.name}`;
    return { ...workload, id, endpoint: { ...workload.endpoint, id } };
  });
}

/** The Deployment rather than the ReplicaSet, and the node's static pods under their own names. */
export function ownerOf({ pod: { metadata } }: Pick<RunningPod, "pod">): { kind: string; name: string } {
  const owner = metadata.ownerReferences?.find(({ controller }) => controller === true);
  if (owner === undefined || owner.kind === "Node") return { kind: "Pod", name: metadata.name };
  const hash = metadata.labels?.["pod-template-hash"];
  if (owner.kind === "ReplicaSet" && hash !== undefined && owner.name.endsWith(`-${hash}`)) {
    return { kind: "Deployment", name: owner.name.slice(0, -hash.length - 1) };
  }
  return { kind: owner.kind, name: owner.name };
}
