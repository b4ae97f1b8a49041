import { availableParallelism } from "node:os";
import { RenderCache } from "./cache";
import { findTools, type Tools } from "./tool";

/**
 * Whether to render: with the tools on this machine (`auto`), not at all (`never`), or allowing those tools to fetch, too (`remote`).
 */
export type RenderMode = "auto" | "never" | "remote";

/** The environment that rendering runs in. */
export interface RenderContext {
  /** Whether to render at all, and whether tools may fetch. */
  mode: RenderMode;
  /** The tools on this machine. */
  tools: Tools;
  /** The results of earlier runs. */
  cache: RenderCache;
  /** The time limit of a single run of a tool, in seconds. */
  seconds: number;
  /** Runs a task. At most as many run concurrently as there are cores. */
  run<Result>(task: () => Promise<Result>): Promise<Result>;
}

/** The context of a mode. `given` overrides its members. */
export function renderContext(mode: RenderMode, given: Partial<RenderContext> = {}): RenderContext {
  let free = Math.max(availableParallelism(), 2);
  const waiting: (() => void)[] = [];
  return {
    mode,
    tools: mode === "never" ? {} : findTools(),
    cache: new RenderCache(),
    seconds: 30,
    run: async (task) => {
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await task();
      } finally {
        const next = waiting.shift();
        if (next === undefined) free++;
        else next();
      }
    },
    ...given,
  };
}
