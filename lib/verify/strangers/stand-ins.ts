import { type Cluster, ClusterError, type ControlPod, type LiveFacts, type LiveWorkload } from "../../cluster";
import { controllerLabels } from "../../input/manifests/workloads";
import { injectedLabels } from "../../linkerd/wire/injection";
import { plural, someOf } from "../../reachability/words";
import type { Cleanup } from "../cleanup";
import type { Note } from "../report";
import { pool } from "../run/pool";

/** A pod that probes in place of a Job's or CronJob's: a run may end during the proof, and between two runs there is no pod to probe from. */
export interface StandIn {
  /** The workload that it stands in for. */
  id: string;
  kind: string;
  name: string;
  namespace: string;
  labels: { readonly [key: string]: string };
  annotations: { readonly [key: string]: string };
  serviceAccount: string;
}

export interface MadeStandIn {
  standIn: StandIn;
  control: ControlPod;
}

/** The maximum number of stand-ins: a namespace may have hundreds of CronJobs. */
const most = 20;
const seconds = 60;
const removeSeconds = 15;

/** One for each Job and CronJob, except on the host network, where the pod would have the node's identity. */
export function standInsFor({ workloads }: Pick<LiveFacts, "workloads">, namespaces: readonly string[]): StandIn[] {
  return workloads.flatMap((workload): StandIn[] => {
    const { id, kind, name, namespace, endpoint, hostNetwork, template } = workload;
    if (template === undefined || hostNetwork || !namespaces.includes(namespace)) return [];
    return [
      {
        ...{ id, kind, name, namespace },
        labels: { ...template.labels, ...controllerLabels(kind, name), ...ownerLabels(workload) },
        annotations: template.annotations,
        serviceAccount: endpoint.serviceAccount ?? "default",
      },
    ];
  });
}

/** The injector labels pods by their owner, but the stand-in's owner differs, so these labels name the Job. */
function ownerLabels({ kind, name, namespace, endpoint }: LiveWorkload): Record<string, string> {
  if (endpoint.mesh?.injected !== true) return {};
  const injected = Object.entries(injectedLabels(namespace, name, kind));
  return Object.fromEntries(injected.filter(([key]) => key.startsWith("linkerd.io/proxy-")));
}

/**
 * Creates the pods and registers them for the clean-up. (The cluster's garbage collection would also remove them with the namespace that owns them, but
 * only later.) If one cannot be created, the proof goes on: its Job is then probed from a run of its own, if there is one.
 *
 * @param owner The namespace that owns the pods. Without one, none are created.
 * @throws ClusterError if the cluster is lost or the proof interrupted
 */
export async function makeStandIns(
  cluster: Pick<Cluster, "createStandIn" | "removeStandIn">,
  wanted: readonly StandIn[],
  { owner, image, parallel }: { owner: string | undefined; image: string; parallel: number },
  cleanup: Cleanup,
  signal: AbortSignal,
): Promise<{ standIns: MadeStandIn[]; notes: Note[] }> {
  if (wanted.length === 0) return { standIns: [], notes: [] };
  const names = (some: readonly StandIn[]) =>
    someOf(
      some.map(({ id }) => id),
      4,
    );
  if (owner === undefined) return { standIns: [], notes: [{ text: `${names(wanted)}: ${fromRuns}.` }] };
  const notes: Note[] = [];
  const made = await pool(wanted.slice(0, most), parallel, async (standIn): Promise<MadeStandIn[]> => {
    const { id, kind: _, ...pod } = standIn;
    try {
      const control = await cluster.createStandIn({ ...pod, owner, image }, { seconds, signal });
      cleanup.add(`pod ${control.namespace}/${control.name}`, () => remove(cluster, control));
      return [{ standIn, control }];
    } catch (error) {
      if (!(error instanceof ClusterError) || isLost(error)) throw error;
      const { problem, rule } = error;
      notes.push({ text: `${id}: ${fromRuns}: ${problem}.`, ...(rule && { rules: [rule] }) });
      return [];
    }
  });
  const left = wanted.slice(most);
  if (left.length > 0)
    notes.push({ text: `${plural(left.length, "more Job or CronJob", "more Jobs and CronJobs")}: ${fromRuns}.` });
  return { standIns: made.flat(), notes };
}

/** Removes the pod; without permission, leaves it to be removed with its owner. */
async function remove(cluster: Pick<Cluster, "removeStandIn">, control: ControlPod): Promise<void> {
  try {
    await cluster.removeStandIn(control, { seconds: removeSeconds });
  } catch (error) {
    if (!(error instanceof ClusterError) || error.kind !== "forbidden") throw error;
  }
}

const fromRuns = "probed only from runs of its own, which may end at any time; no pod was created on its behalf";

const isLost = ({ kind }: ClusterError) => kind === "interrupted" || kind === "unreachable" || kind === "gone";
