import { type Cluster, ClusterError, type ControlPod } from "../../cluster";
import type { Cleanup } from "../cleanup";
import type { Note } from "../report";
import type { Stranger } from "./stranger";

export interface MadeStranger {
  stranger: Stranger;
  control: ControlPod;
}

const seconds = 60;
const removeSeconds = 15;

/**
 * Creates the strangers in one namespace and registers it for the clean-up. Without permission to create them, the proof goes on with a note.
 *
 * @throws ClusterError if they cannot be created for another reason
 */
export async function makeStrangers(
  cluster: Cluster,
  wanted: readonly Stranger[],
  image: string,
  cleanup: Cleanup,
  signal: AbortSignal,
): Promise<{ strangers: MadeStranger[]; notes: Note[] }> {
  const [first, ...others] = wanted;
  if (first === undefined) return { strangers: [], notes: [] };
  const make = async (stranger: Stranger, namespace?: string): Promise<MadeStranger> => {
    const { meshed, labels } = stranger;
    return {
      stranger,
      control: await cluster.createControlPod({ image, meshed, labels, namespace }, { seconds, signal }),
    };
  };
  try {
    const made = await make(first);
    const { namespace } = made.control;
    cleanup.add(`namespace ${namespace}`, () =>
      cluster.removeControlNamespace({ namespace }, { seconds: removeSeconds }),
    );
    const rest = await Promise.allSettled(others.map((stranger) => make(stranger, namespace)));
    const failed = rest.find((one) => one.status === "rejected");
    if (failed !== undefined) throw failed.reason;
    return { strangers: [made, ...rest.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []))], notes: [] };
  } catch (error) {
    if (!(error instanceof ClusterError) || error.kind !== "forbidden") throw error;
    const { problem, rule } = error;
    const text = `No strangers probe the workloads: ${problem}.`;
    return { strangers: [], notes: [{ text, ...(rule && { rules: [rule] }) }] };
  }
}
