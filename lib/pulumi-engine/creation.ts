import type { Draft } from "./draft";
import { Cancelled, messageOf } from "./errors";
import type { Hooks } from "./hooks";
import { madeUpId } from "./made-up-id";
import type { Answer, MonitorOptions } from "./options";
import type { Diagnostic } from "./recording";
import type { Sdk } from "./sdk";
import { stackType } from "./urn";
import { type PropertyValue, Secret, unknown } from "./values";

/** What the creation of resources uses of a run. */
interface CreationContext {
  sdk: Sdk;
  options: Pick<MonitorOptions, "mode" | "respond">;
  hooks: Hooks;
  /** Gets the errors. */
  diagnostics: Diagnostic[];
  /** Told of the error that ends the run. */
  stop(error: unknown): void;
}

/** Stands in for the creation of registered resources. */
export class Creation {
  constructor(private readonly context: CreationContext) {}

  /** Stands in for the provider: calls the caller's `respond`, and makes up the rest. */
  async create(draft: Draft): Promise<void> {
    try {
      await this.context.hooks.run("beforeCreate", draft);
      const answer = draft.type === stackType ? undefined : await this.answer(draft);
      if (!draft.custom && !draft.remote) return;
      const outputs: { [name: string]: PropertyValue } = { ...draft.inputs, ...answer?.outputs };
      for (const name of draft.additionalSecretOutputs) {
        // In a preview, a provider names the outputs that it will compute, so the engine knows which of them are secret.
        const value = outputs[name] ?? (this.context.options.mode === "preview" ? unknown : undefined);
        if (value !== undefined && !(value instanceof Secret)) outputs[name] = new Secret(value);
      }
      draft.outputs = outputs;
      if (draft.custom) draft.id = answer?.id ?? (this.context.options.mode === "update" ? madeUpId(draft) : undefined);
      await this.context.hooks.run("afterCreate", draft, outputs);
    } catch (error) {
      this.fail(draft, error);
    }
  }

  private async answer(draft: Draft): Promise<Answer | undefined> {
    const errors: string[] = [];
    for (;;) {
      try {
        return await this.context.options.respond?.(draft);
      } catch (error) {
        errors.unshift(messageOf(error));
        if (!(await this.context.hooks.retry(draft, errors))) throw error;
      }
    }
  }

  /** As in the real engine, a failed resource ends the deployment: nothing new starts. */
  private fail(draft: Draft, error: unknown): never {
    this.context.diagnostics.push({ severity: "error", message: messageOf(error), urn: draft.urn });
    this.context.stop(error);
    throw new Cancelled(this.context.sdk.grpc.status.CANCELLED, "resource monitor shut down");
  }
}
