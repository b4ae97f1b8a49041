import { setMaxListeners } from "node:events";
import type { Limit } from "../cluster";
import { ClusterError } from "../error";

/**
 * Runs something within a limit. The promise settles at the limit even if `run` ignores its signal.
 *
 * @param what For the error: `the list of pods`.
 */
export function within<T>(limit: Limit, what: string, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  // One listener per call in progress; Node warns about more than ten.
  setMaxListeners(0, controller.signal, ...(limit.signal ? [limit.signal] : []));
  return new Promise<T>((resolve, reject) => {
    const end = (error: ClusterError) => {
      cleanUp();
      reject(error);
      controller.abort(error);
    };
    const interrupt = () => end(new ClusterError("interrupted", `${what}: interrupted`));
    const timer = setTimeout(
      () => end(new ClusterError("timeout", `${what}: no answer within ${limit.seconds} s`)),
      limit.seconds * 1000,
    );
    const cleanUp = () => {
      clearTimeout(timer);
      limit.signal?.removeEventListener("abort", interrupt);
    };
    if (limit.signal?.aborted) {
      interrupt();
      return;
    }
    limit.signal?.addEventListener("abort", interrupt, { once: true });
    const fail = (error: unknown) => {
      reject(error);
      // Abort the remaining requests.
      controller.abort(error);
    };
    run(controller.signal).then(resolve, fail).finally(cleanUp);
  });
}

/** Resolves after some time, or rejects when the signal aborts. */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", end);
      resolve();
    }, milliseconds);
    if (signal.aborted) end();
    else signal.addEventListener("abort", end, { once: true });
  });
}
