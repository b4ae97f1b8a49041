import { setMaxListeners } from "node:events";
import type { Limit } from "../cluster";
import { ClusterError } from "../error";

/**
 * Runs something for as long as the limit says. The promise settles at the limit even where `run` does not heed its signal.
 *
 * @param what For the error: `the list of pods`.
 */
export function within<T>(limit: Limit, what: string, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  // As many listeners as calls are under way; Node warns of more than ten.
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
      // What else was asked at the same time has nobody to answer any more.
      controller.abort(error);
    };
    run(controller.signal).then(resolve, fail).finally(cleanUp);
  });
}

/** Resolves after some time, or rejects when the signal says so. */
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
