import { availableParallelism } from "node:os";
import { RenderCache } from "./cache";
import { findTools, type Tools } from "./tool";

/**
 * Whether to render: with the tools of this machine (`auto`), not at all (`never`), or also with what those tools fetch (`remote`).
 */
export type RenderMode = "auto" | "never" | "remote";

/** What a rendering runs with. */
export interface RenderContext {
  /** Whether to render at all, and whether tools may fetch. */
  mode: RenderMode;
  /** The tools of this machine. */
  tools: Tools;
  /** Earlier results. */
  cache: RenderCache;
  /** How long one run of a tool may take. */
  seconds: number;
  /** Runs tasks, at most as many at once as there are cores. */
  run<Result>(task: () => Promise<Result>): Promise<Result>;
}

/** The context of a mode. `given` replaces members of it. */
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
