import { pause, within } from "../client/limit";
import type { Cluster, Limit } from "../cluster";
import type { Scope, Snapshot } from "../snapshot";
import { readinessOf } from ".";
import type { ReadinessCondition } from "./condition";

const intervalSeconds = 2;
/** One attempt at a hanging cluster must not use up all the time. */
const lookSeconds = 15;

export interface Readiness {
  /** Whether every condition holds or is unknown. */
  ready: boolean;
  conditions: ReadinessCondition[];
  /** The snapshot that the conditions were checked on, for the prediction. */
  snapshot: Snapshot;
}

/**
 * Polls until everything holds, waiting cannot help, or time is up; returns the last state. Rejects with a
 * ClusterError if the cluster was never read.
 *
 * @param progress Called after each poll.
 */
export async function waitUntilReady(
  cluster: Pick<Cluster, "read">,
  scope: Scope,
  limit: Limit,
  progress: (conditions: readonly ReadinessCondition[]) => void = () => undefined,
  interval = intervalSeconds,
): Promise<Readiness> {
  const deadline = Date.now() + limit.seconds * 1000;
  for (;;) {
    const left = (deadline - Date.now()) / 1000;
    const snapshot = await cluster.read(scope, { ...limit, seconds: Math.max(1, Math.min(lookSeconds, left)) });
    const conditions = readinessOf(snapshot);
    progress(conditions);
    const failing = conditions.filter(({ holds }) => holds === false);
    const over = Date.now() + interval * 1000 > deadline;
    if (failing.length === 0 || over || failing.some(({ final }) => final)) {
      return { ready: failing.length === 0, conditions, snapshot };
    }
    await within({ ...limit, seconds: interval + 1 }, "waiting for the cluster", (signal) =>
      pause(interval * 1000, signal),
    );
  }
}
