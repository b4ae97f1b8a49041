import { pause, within } from "../client/limit";
import type { Cluster, Limit } from "../cluster";
import type { Scope, Snapshot } from "../snapshot";
import { readinessOf } from ".";
import type { ReadinessCondition } from "./condition";

const intervalSeconds = 2;
/** One look at a cluster that hangs must not use up the whole time. */
const lookSeconds = 15;

export interface Readiness {
  /** No condition is known not to hold. */
  ready: boolean;
  conditions: ReadinessCondition[];
  /** What the conditions were judged by, and from which to predict. */
  snapshot: Snapshot;
}

/**
 * Looks until everything holds, something can't come to hold by waiting, or the time is over; the last look is the answer. Rejects with a
 * ClusterError where there was none.
 *
 * @param progress Told of every look.
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
