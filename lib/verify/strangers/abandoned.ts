import { abandonedNamespaces, type Cluster, ClusterError, type Snapshot } from "../../cluster";
import { hasEnded } from "../../common/holder";
import type { Note } from "../report";

const seconds = 15;

/** Namespaces that killed verifications left. */
export function abandonedIn({ namespaces }: Pick<Snapshot, "namespaces">): string[] {
  return abandonedNamespaces(namespaces, hasEnded, Date.now());
}

/** Removes what killed verifications left, and reports it. What cannot be removed is reported, too, and does not stop the verification. */
export async function removeAbandoned(
  cluster: Pick<Cluster, "removeControlNamespace">,
  snapshot: Pick<Snapshot, "namespaces">,
  signal: AbortSignal,
): Promise<Note[]> {
  return Promise.all(
    abandonedIn(snapshot).map(async (namespace) => {
      const left = `namespace ${namespace}, left behind by a verification that was killed`;
      try {
        await cluster.removeControlNamespace({ namespace }, { seconds, signal });
        return { text: `Removed ${left}.` };
      } catch (error) {
        if (!(error instanceof ClusterError) || signal.aborted) throw error;
        const { problem, rule } = error;
        return { text: `Could not remove ${left}: ${problem}.`, ...(rule && { rules: [rule] }) };
      }
    }),
  );
}
