import type { Explanation } from "../../reachability/explain/explanation";
import type { ChangeAnswer, EditAnswer, PageEngine, PolicyAnswer } from "../engine/engine";
import type { Overview } from "../engine/scan";
import type { TargetAnswer } from "../engine/side";
import type { Question, Reply } from "../worker";

interface Waiting {
  resolve(value: never): void;
  reject(error: Error): void;
  part?: ((value: never) => void) | undefined;
}

/** Asks the engine, which runs in a worker so that the page never blocks. */
export class EngineClient {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, Waiting>();
  private readonly targets = new Map<string, TargetAnswer | Promise<TargetAnswer>>();
  private readonly listeners: Set<(overview: Overview) => void>[] = [];
  private readonly overviews: Overview[] = [];
  private last = 0;

  constructor(code: string, data: string) {
    this.worker = new Worker(URL.createObjectURL(new Blob([code], { type: "text/javascript" })));
    this.worker.onmessage = ({ data: reply }: MessageEvent<Reply>) => {
      const waiting = this.waiting.get(reply.id);
      if ("part" in reply) return waiting?.part?.(reply.part as never);
      this.waiting.delete(reply.id);
      if (reply.error === undefined) waiting?.resolve(reply.value as never);
      else waiting?.reject(new Error(reply.error));
    };
    this.worker.onerror = ({ message }) => {
      for (const { reject } of this.waiting.values()) reject(new Error(message));
    };
    this.opened = this.ask("open", data);
  }

  readonly opened: Promise<boolean>;

  ask<T>(method: Question["method"], ...args: unknown[]): Promise<T> {
    return this.askFor<T>(undefined, method, ...args);
  }

  private askFor<T>(
    part: ((value: T) => void) | undefined,
    method: Question["method"],
    ...args: unknown[]
  ): Promise<T> {
    const id = ++this.last;
    this.worker.postMessage({ id, method, args } satisfies Question);
    return new Promise<T>((resolve, reject) => {
      this.waiting.set(id, { resolve, reject, part });
    });
  }

  /**
   * Subscribes to the overview of a side, which is computed once. The listener gets intermediate results too.
   *
   * @returns a function that unsubscribes
   */
  overview(side: number, listener: (overview: Overview) => void): () => void {
    const listeners = this.listeners[side] ?? new Set();
    listeners.add(listener);
    const known = this.overviews[side];
    if (known !== undefined) listener(known);
    if (this.listeners[side] === undefined) {
      const publish = (overview: Overview) => {
        this.overviews[side] = overview;
        for (const each of listeners) each(overview);
      };
      void this.askFor<Overview>(publish, "overview", side).then(publish);
    }
    this.listeners[side] = listeners;
    return () => listeners.delete(listener);
  }

  /** Who reaches an endpoint; synchronously if cached. */
  target(side: number, place: number): TargetAnswer | Promise<TargetAnswer> {
    const key = `${side} ${place}`;
    const known = this.targets.get(key);
    if (known !== undefined) return known;
    const asked = this.ask<TargetAnswer>("target", side, place).then((answer) => {
      this.targets.set(key, answer);
      return answer;
    });
    this.targets.set(key, asked);
    return asked;
  }

  explain = (...args: Parameters<PageEngine["explain"]>) => this.ask<Explanation>("explain", ...args);
  propose = (...args: Parameters<PageEngine["propose"]>) => this.ask<ChangeAnswer>("propose", ...args);
  policy = (...args: Parameters<PageEngine["policy"]>) => this.ask<PolicyAnswer>("policy", ...args);
  edit = (...args: Parameters<PageEngine["edit"]>) => this.ask<EditAnswer>("edit", ...args);
}
