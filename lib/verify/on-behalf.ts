import { type ControlPod, isJob, type LiveFacts, type LiveWorkload } from "../cluster";
import { DEFAULT_SKIPPED_PORTS } from "../linkerd/wire/wire";
import { someOf } from "../reachability/words";
import type { Participant } from "./participant";
import type { Note } from "./report";
import type { StandIn } from "./strangers/stand-ins";
import { workloadOf } from "./strangers/stranger";

interface OnBehalf {
  /** The facts, with our own pods in place of the pods of Jobs. */
  facts: LiveFacts;
  /** By the id of the workload. */
  participants: Map<string, Extract<Participant, { client: unknown }>>;
  notes: Note[];
}

/** Replaces the pods of Jobs and CronJobs with the pods that stand in for them. */
export function withStandIns(
  facts: LiveFacts,
  standIns: readonly { standIn: StandIn; control?: ControlPod }[],
): OnBehalf {
  const participants: OnBehalf["participants"] = new Map();
  const notes: Note[] = [];
  const seen = new Map<string, LiveWorkload>();
  for (const { standIn, control } of standIns) {
    const workload = facts.workloads.find(({ id }) => id === standIn.id);
    // It has been deleted since.
    if (workload === undefined) continue;
    const own = withPod(workload, control && workloadOf(control, facts.standIns));
    seen.set(workload.id, own);
    participants.set(workload.id, participantOf(own, control));
    if (control !== undefined) notes.push(behalfNote(standIn, control));
  }
  const isOlder = ({ id, kind, namespace, name }: LiveWorkload) =>
    isJob(kind) &&
    [...seen.values()].some(
      (one) => one.id !== id && one.namespace === namespace && one.kind === kind && one.name === name,
    );
  const older = facts.workloads.filter(isOlder);
  if (older.length > 0) {
    const names = someOf(
      older.map(({ id }) => id),
      4,
    );
    notes.push({ text: `${names}: left out, as a run that differs from what its Job or CronJob makes now.` });
  }
  const gone = new Set(older.map(({ id }) => id));
  const workloads = facts.workloads
    .filter(({ id }) => !gone.has(id))
    .map((workload) => seen.get(workload.id) ?? workload);
  const endpoints = facts.scenario.endpoints
    .filter(({ id }) => !gone.has(id))
    .map((endpoint) => seen.get(endpoint.id)?.endpoint ?? endpoint);
  return { facts: { ...facts, workloads, scenario: { ...facts.scenario, endpoints } }, participants, notes };
}

/** The workload as Cilium and Linkerd see the stand-in pod, with the ports of the pods that it stands in for. */
function withPod(workload: LiveWorkload, live: LiveWorkload | undefined): LiveWorkload {
  if (live === undefined) return workload;
  const { id, ports, several } = workload.endpoint;
  const endpoint = {
    ...live.endpoint,
    id,
    ...(ports !== undefined && { ports }),
    ...(several === true && { several }),
  };
  return { ...workload, endpoint, meshed: live.meshed, pods: live.pods };
}

function participantOf({ id, namespace, meshed, endpoint }: LiveWorkload, control: ControlPod | undefined) {
  const { name = "", container = "control", ip = "", node = "" } = control ?? {};
  const client = {
    ...{ id, namespace, pod: name, ip, node, container, meshed },
    serviceAccount: endpoint.serviceAccount ?? "default",
    skipOutboundPorts: endpoint.mesh?.skipOutboundPorts ?? DEFAULT_SKIPPED_PORTS,
    ours: true,
  };
  return { client, target: { id, ip, pod: { namespace, name, container }, meshed, ours: true } };
}

function behalfNote({ id, kind }: StandIn, { name }: ControlPod): Note {
  const text = `${id} (${kind}) was asked from pod ${name}, made on its behalf with its labels, service account and mesh: a run of its own may end in the middle.`;
  return { text };
}
