import type { Draft } from "./draft";
import { EngineError } from "./errors";
import type { MonitorOptions } from "./options";
import { createUrn } from "./urn";

/** The resources of a run, in the order in which they reached the engine. */
export class Resources {
  readonly registrations: Draft[] = [];
  private readonly byUrn = new Map<string, Draft>();

  constructor(private readonly options: Pick<MonitorOptions, "project" | "stack">) {}

  /** @throws EngineError if the URN exists already */
  add(draft: Draft): void {
    if (this.byUrn.has(draft.urn)) {
      throw new EngineError(`Duplicate resource URN '${draft.urn}'; try giving it a unique name`, draft.urn);
    }
    this.byUrn.set(draft.urn, draft);
    this.registrations.push(draft);
  }

  get(urn: string): Draft | undefined {
    return this.byUrn.get(urn);
  }

  /** @param parent URN of the parent; undefined for a resource at the root. */
  createUrn(parent: string, type: string, name: string): string {
    const { stack, project } = this.options;
    return createUrn({ stack, project, parent: parent || undefined, type, name });
  }
}
