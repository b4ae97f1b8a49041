import { type Control, isJob, type LiveFacts, type LiveWorkload } from "../cluster";
import { DEFAULT_SKIPPED_PORTS } from "../linkerd/wire/wire";
import { someOf } from "../reachability/words";
import type { Party } from "./parties";
import type { Note } from "./report";
import type { StandIn } from "./strangers/stand-ins";
import { workloadOf } from "./strangers/stranger";

interface OnBehalf {
  /** What runs, where the pods of ours are those of the Jobs that they stand in for. */
  facts: LiveFacts;
  /** By the id of the workload. */
  parties: Map<string, Extract<Party, { client: unknown }>>;
  notes: Note[];
}

/** Puts pods of ours in the place of those of Jobs and CronJobs. */
export function withStandIns(facts: LiveFacts, standIns: readonly { standIn: StandIn; control?: Control }[]): OnBehalf {
  const parties: OnBehalf["parties"] = new Map();
  const notes: Note[] = [];
  const seen = new Map<string, LiveWorkload>();
  for (const { standIn, control } of standIns) {
    const workload = facts.workloads.find(({ id }) => id === standIn.id);
    // It was deleted meanwhile.
    if (workload === undefined) continue;
    const own = withPod(workload, control && workloadOf(control, facts.standIns));
    seen.set(workload.id, own);
    parties.set(workload.id, partyOf(own, control));
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
  return { facts: { ...facts, workloads, scenario: { ...facts.scenario, endpoints } }, parties, notes };
}

/** What Cilium and Linkerd see of the pod that is there, at the ports of those that it stands in for. */
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

function partyOf({ id, namespace, meshed, endpoint }: LiveWorkload, control: Control | undefined) {
  const { name = "", container = "control", ip = "", node = "" } = control ?? {};
  const client = {
    ...{ id, namespace, pod: name, ip, node, container, meshed },
    serviceAccount: endpoint.serviceAccount ?? "default",
    skipOutboundPorts: endpoint.mesh?.skipOutboundPorts ?? DEFAULT_SKIPPED_PORTS,
    ours: true,
  };
  return { client, target: { id, ip, pod: { namespace, name, container }, meshed, ours: true } };
}

function behalfNote({ id, kind }: StandIn, { name }: Control): Note {
  const text = `${id} (${kind}) was asked from pod ${name}, made on its behalf with its labels, service account and mesh: a run of its own may end in the middle.`;
  return { text };
}
