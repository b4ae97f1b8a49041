import type { PageData } from "./data";
import { PageEngine } from "./engine/engine";
import type { GraphRequest } from "./engine/graph";
import type { Overview } from "./engine/scan";

/** One question to the engine: a method of {@link PageEngine} and its arguments. */
export interface Question {
  id: number;
  method: "open" | "target" | "overview" | "source" | "graph" | "changes" | "explain" | "propose" | "policy" | "edit";
  args: readonly unknown[];
}

/** The answer to a question, or a part of it. */
export interface Reply {
  id: number;
  value?: unknown;
  error?: string;
  /** An intermediate result of a long computation; more replies follow. */
  part?: unknown;
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
    if (method === "overview") return void count(engine.overview(Number(args[0])), id);
    // A graph of everything waits for the scan, which must not block other questions.
    const side = Number(args[0]);
    if (method === "graph" && !engine.isCounted(side)) return void drawn(engine, id, side, args[1] as GraphRequest);
    const value = (engine[method] as (...given: unknown[]) => unknown).apply(engine, [...args]);
    scope.postMessage({ id, value });
  } catch (error) {
    scope.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
};

async function drawn(own: PageEngine, id: number, side: number, request: GraphRequest): Promise<void> {
  try {
    await count(own.overview(side));
    scope.postMessage({ id, value: own.graph(side, request) });
  } catch (error) {
    scope.postMessage({ id, error: error instanceof Error ? error.message : String(error) });
  }
}

/** Runs the scan in slices, so that other questions are answered in between, and posts intermediate results for the question `id`. */
async function count(steps: Generator<Overview, Overview>, id?: number): Promise<void> {
  let lastPost = performance.now();
  for (;;) {
    const end = performance.now() + 30;
    let part: Overview | undefined;
    while (performance.now() < end) {
      const { done, value } = steps.next();
      if (done === true) {
        if (id !== undefined) scope.postMessage({ id, value });
        return;
      }
      part = value;
    }
    if (id !== undefined && performance.now() - lastPost > 400) {
      lastPost = performance.now();
      scope.postMessage({ id, part });
    }
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
}
