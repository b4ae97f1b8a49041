import { availableParallelism } from "node:os";
import { RenderCache } from "./cache";
import { findTools, type Tools } from "./tool";

/** Whether what makes objects is rendered: with the tools of this machine, not at all, or with what they fetch, too. */
export type RenderMode = "auto" | "never" | "remote";

export interface RenderContext {
  mode: RenderMode;
  tools: Tools;
  cache: RenderCache;
  /** How long one rendering may take. */
  seconds: number;
  /** Runs as many at once as there are cores. */
  run<Result>(task: () => Promise<Result>): Promise<Result>;
}

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
