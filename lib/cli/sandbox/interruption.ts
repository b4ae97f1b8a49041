import { signalStatus, signals } from "../../common/interrupt";

/** The user, or whoever ends programs, wants an operation of Pulumi's to end. */
export class Interruption {
  private readonly controller = new AbortController();
  private interrupted: number | undefined;
  private readonly stop: (by: NodeJS.Signals) => void;

  /** @param say Told once what happens now. */
  constructor(say: (line: string) => void) {
    this.stop = (by) => {
      const status = signalStatus[by as keyof typeof signalStatus];
      if (this.interrupted !== undefined) process.exit(status);
      this.interrupted = status;
      say("Interrupted: Pulumi finishes what it has begun, so that nothing is lost. Interrupt again to stop at once.");
      // What a terminal sends it sends to Pulumi, too, which takes a second one for "at once".
      if (by !== "SIGINT" || !process.stdin.isTTY) this.controller.abort();
    };
    for (const signal of signals) process.on(signal, this.stop);
  }

  /** For Pulumi: aborted where nobody else has told it. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** The exit status that says so; undefined where nobody has interrupted anything. */
  get status(): number | undefined {
    return this.interrupted;
  }

  /** Before something else is begun. @throws Interrupted */
  check(): void {
    if (this.interrupted !== undefined) throw new Interrupted();
  }

  /** Leaves signals to others. */
  done(): void {
    for (const signal of signals) process.off(signal, this.stop);
  }
}

export class Interrupted extends Error {
  override readonly name = "Interrupted";
}
