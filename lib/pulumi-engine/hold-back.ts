import { setTimeout as pause, setImmediate as turn } from "node:timers/promises";
import type { Recording, Registration } from "./recording";
import { type RunOptions, run } from "./run";

/** The resources that started before the held ones were finished, and those that started only afterwards. */
export interface HeldBack {
  /** Held resources included: they had started, and were not finished. */
  readonly before: readonly Registration[];
  readonly after: readonly Registration[];
  readonly recording: Recording;
}

/**
 * Runs a program in update mode and holds back the resources that `held` selects until nothing else starts, then finishes them and
 * lets the program continue. This proves order: dependents of a held resource must be in `after`.
 *
 * @throws Error if `held` selects nothing, since the run would prove nothing
 */
export async function holdBack(
  options: Omit<RunOptions, "mode">,
  held: (registration: Registration) => boolean,
): Promise<HeldBack> {
  const before: Registration[] = [];
  const after: Registration[] = [];
  let started = before;
  let steps = 0;
  let working = 0;
  let holding = 0;
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });

  const recording = run({
    ...options,
    mode: "update",
    respond: async (registration) => {
      started.push(registration);
      steps++;
      working++;
      const answer = await options.respond?.(registration);
      working--;
      if (held(registration)) {
        holding++;
        await released;
      }
      steps++;
      return answer;
    },
  });
  let ended = false;
  const end = recording.finally(() => {
    ended = true;
  });

  // Quiet means that nothing happened over several intervals, each followed by event-loop turns that read the sockets.
  for (let quiet = 0; quiet < 3 && !ended; ) {
    const seen = steps;
    await Promise.race([pause(15), end]);
    for (let turns = 0; turns < 10; turns++) await turn();
    quiet = steps === seen && working === 0 && holding > 0 ? quiet + 1 : 0;
  }
  started = after;
  release();
  const result = await recording;
  if (holding === 0)
    throw new Error("no registered resource was picked to be held back, so nothing was proven", {
      cause: result.error,
    });
  return { before, after, recording: result };
}
