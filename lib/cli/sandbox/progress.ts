import type { EngineEvent } from "@pulumi/pulumi/automation";
import { nameOf, typeOf } from "../../pulumi-engine/urn";

/**
 * Turns events of the engine into lines for people: what started, what is done after how long, and what went wrong. A preview
 * only shows what would start.
 */
export class Progress {
  private readonly started = new Map<string, number>();
  private errors = 0;

  constructor(
    private readonly write: (line: string) => void,
    private readonly preview = false,
    private readonly now: () => number = Date.now,
  ) {}

  /** Whether an error was written. */
  get reportedErrors(): boolean {
    return this.errors > 0;
  }

  /** Writes a line that is not an event of the engine. */
  say(line: string): void {
    this.write(line);
  }

  report(event: EngineEvent): void {
    const { resourcePreEvent, resOutputsEvent, resOpFailedEvent, diagnosticEvent } = event;
    if (resourcePreEvent) this.start(resourcePreEvent.metadata);
    if (resOutputsEvent) this.end(resOutputsEvent.metadata, true);
    if (resOpFailedEvent) this.end(resOpFailedEvent.metadata, false);
    // The event's type does not tell, but with a listener the CLI sends its debug log, too.
    if (diagnosticEvent && !diagnosticEvent.ephemeral && String(diagnosticEvent.severity) !== "debug") {
      const { severity, message, urn } = diagnosticEvent;
      const text = plainText(message).replace(/^(error|warning): /, "");
      if (text !== "" && severity === "error") this.errors++;
      if (text !== "") this.write(`${severity.replace("info#err", "info")}: ${urn ? `${nameOf(urn)}: ` : ""}${text}`);
    }
  }

  private start({ op, urn, type }: Step): void {
    const verb = verbs[op];
    if (verb === undefined || !takesTime(type)) return;
    if (!this.preview) this.started.set(urn, this.now());
    this.write(`  ${this.preview ? `would ${verb.would}` : verb.does} ${label(urn)}`);
  }

  private end({ urn }: Step, succeeded: boolean): void {
    const since = this.started.get(urn);
    if (since === undefined) return;
    this.started.delete(urn);
    this.write(`  ${succeeded ? "done" : "failed"} ${label(urn)} (${Math.round((this.now() - since) / 1000)} s)`);
  }
}

interface Step {
  readonly op: string;
  readonly urn: string;
  readonly type: string;
}

interface Verb {
  readonly does: string;
  readonly would: string;
}
const creating: Verb = { does: "creating", would: "create" };
const updating: Verb = { does: "updating", would: "update" };
const deleting: Verb = { does: "deleting", would: "delete" };
const verbs: { readonly [op: string]: Verb | undefined } = {
  create: creating,
  "create-replacement": creating,
  update: updating,
  delete: deleting,
  "delete-replaced": deleting,
};

/** Components, keys and certificates take no time and would hide what does. */
function takesTime(type: string): boolean {
  return /^(kubernetes|kind):/.test(type);
}

function label(urn: string): string {
  return `${typeOf(urn).split(":").at(-1)} ${nameOf(urn)}`;
}

/** Removes the engine's color directives. */
function plainText(message: string): string {
  return message.replaceAll(/<\{%[^%]*%\}>/g, "").trim();
}
