import type { PageData } from "./data";
import { PageEngine } from "./engine/engine";

/** One question to the engine: a method of {@link PageEngine} and what it takes. */
export interface Question {
  id: number;
  method: "open" | "target" | "overview" | "source" | "graph" | "changes" | "explain" | "policy" | "edit";
  args: readonly unknown[];
}

export interface Reply {
  id: number;
  value?: unknown;
  error?: string;
  /** From 0 to 1, of what takes a while; more comes. */
  progress?: number;
}

const scope = self as unknown as {
  postMessage(reply: Reply): void;
  onmessage: ((event: MessageEvent<Question>) => void) | null;
};
let engine: PageEngine | undefined;

scope.onmessage = ({ data: { id, method, args } }) => {
  try {
    if (method === "open") {
      engine = new PageEngine(JSON.parse(String(args[0])) as PageData);
      return scope.postMessage({ id, value: true });
    }
    if (engine === undefined) throw new Error("nothing is open yet");
    if (method === "overview") return void count(id, engine.overview(Number(args[0])));
    const value = (engine[method] as (...given: unknown[]) => unknown).apply(engine, [...args]);
    scope.postMessage({ id, value });
  } catch (error) {
    scope.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
};

/** In slices, so that other questions are answered in between. */
async function count(id: number, steps: Generator<void, unknown>): Promise<void> {
  try {
    for (;;) {
      const end = performance.now() + 40;
      while (performance.now() < end) {
        const { done, value } = steps.next();
        if (done === true) return scope.postMessage({ id, value });
      }
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  } catch (error) {
    scope.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
}
