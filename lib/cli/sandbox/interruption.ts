import { signalStatus, signals } from "../../common/interrupt";

/** Handles signals during an operation of Pulumi. */
export class Interruption {
  private readonly controller = new AbortController();
  private interrupted: number | undefined;
  private readonly stop: (by: NodeJS.Signals) => void;

  /** @param say Called once, with what happens now. */
  constructor(say: (line: string) => void) {
    this.stop = (by) => {
      const status = signalStatus[by as keyof typeof signalStatus];
      if (this.interrupted !== undefined) process.exit(status);
      this.interrupted = status;
      say("Interrupted: Pulumi finishes what it has begun, so that nothing is lost. Interrupt again to stop at once.");
      // A terminal signals Pulumi, too, which takes a second signal as "at once".
      if (by !== "SIGINT" || !process.stdin.isTTY) this.controller.abort();
    };
    for (const signal of signals) process.on(signal, this.stop);
  }

  /** To pass to Pulumi: aborted unless Pulumi receives the process's signal itself. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** The exit status of an interrupted command; undefined if nothing was interrupted. */
  get status(): number | undefined {
    return this.interrupted;
  }

  /** Call before each step. @throws Interrupted */
  check(): void {
    if (this.interrupted !== undefined) throw new Interrupted();
  }

  /** Stops listening for signals. */
  done(): void {
    for (const signal of signals) process.off(signal, this.stop);
  }
}

export class Interrupted extends Error {
  override readonly name = "Interrupted";
}
