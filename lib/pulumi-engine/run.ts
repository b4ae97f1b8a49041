import { AsyncResource } from "node:async_hooks";
import { engineService } from "./engine-service";
import { EngineError, messageOf } from "./errors";
import { Monitor } from "./monitor";
import type { Answer, Constructed, FunctionCall, MonitorOptions } from "./options";
import type { Diagnostic, Recording, Registration } from "./recording";
import { loadSdk, type Sdk } from "./sdk";
import { catchStrayErrors } from "./stray-errors";
import { type Connection, connectDirectly, directClient, serveOverGrpc } from "./transport";
import type { Properties } from "./values";

/** The program to run, and the stand-ins for providers. */
export interface EngineOptions {
  readonly project: string;
  readonly stack: string;
  /** `preview` only knows the program's inputs; `update` acts as if everything were created. */
  readonly mode: "preview" | "update";
  /** Configuration by full key, `project:key`. Values are text, objects as JSON. Default: none. */
  readonly config?: { readonly [key: string]: string };
  /** Keys of `config` whose values are secret. Default: none. */
  readonly secretConfigKeys?: readonly string[];
  /** The result of `pulumi.getOrganization()`. Default: `organization`, as for a self-managed backend. */
  readonly organization?: string;
  /**
   * Stands in for the providers. Called with each resource and component, in the order in which they reach the engine, and awaited
   * before the program learns of the creation, so a pending promise holds the resource back. Its result adds outputs to the inputs;
   * an error fails the resource and ends the run. Default: in preview only the inputs are known; in update the outputs are the
   * inputs, and the ID is made up from the URN.
   */
  readonly respond?: (registration: Registration) => Promise<Answer | undefined> | Answer | undefined;
  /**
   * Stands in for the provider that creates the children of a remote component. Default: there are none, and
   * {@link Registration.unexpanded} says so.
   */
  readonly construct?: (registration: Registration) => Promise<Constructed> | Constructed;
  /** Answers calls of provider functions. By default, and if it returns undefined, the call fails with an error that says what to do instead. */
  readonly invoke?: (call: FunctionCall) => Promise<Properties | undefined> | Properties | undefined;
  /** Directory of the project, as `pulumi.getRootDirectory()` returns it. Default: the working directory. */
  readonly rootDirectory?: string;
}

export interface RunOptions extends EngineOptions {
  /** The program: creates resources, and returns the stack's outputs. Load modules that create resources inside it. */
  readonly program: () => unknown | Promise<unknown>;
  /** Directory from which to load `@pulumi/pulumi`, so that it is the copy that the program loads. Default: meshfence's own. */
  readonly sdkFrom?: string;
  /**
   * How the program's SDK talks to the engine: `grpc`, as with Pulumi's own, or `direct`, which passes the same messages within this
   * process and takes two thirds of the time. Default: `grpc`.
   */
  readonly transport?: "grpc" | "direct";
}

/**
 * Runs a Pulumi program in this process and records what it registers. The program's SDK talks to the engine as it does to Pulumi's
 * own, so the recording has what the program would request from Pulumi. Needs neither the Pulumi CLI nor plugins. Runs may be
 * concurrent.
 *
 * Never rejects because of the program: what it threw is the recording's `error`.
 */
export async function run(options: RunOptions): Promise<Recording> {
  const sdk = loadSdk(options.sdkFrom);
  const problems: unknown[] = [];
  let stop: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const report = (error: unknown): void => {
    // While a connection is closing, rejections are consequences of an earlier error.
    if (problems.includes(error) || isConnectionError(error)) return;
    problems.push(error);
    stop();
  };

  return sdk.state.withLocalStorage(() =>
    catchStrayErrors(report, async () => {
      const monitor = new Monitor(sdk, monitorOptions(options), report);
      const connection =
        options.transport === "direct" ? connectDirectly(sdk, monitor) : await serveOverGrpc(sdk, monitor);
      const stuck = AsyncResource.bind(() => report(new EngineError(stuckMessage(sdk))));
      process.once("beforeExit", stuck);
      try {
        connect(sdk, options, connection, monitor.diagnostics);
        await Promise.race([execute(sdk, options.program).catch(report), stopped.then(settle)]);
        // Work that the program left pending may still fail.
        await settle();
      } finally {
        process.off("beforeExit", stuck);
        sdk.settings.disconnectSync();
        sdk.state.getStore().settings.monitor?.close();
        monitor.close();
        connection.close();
      }
      return recordingOf(monitor, options, problems);
    }),
  );
}

/** The monitor's recording, with the problems that ended the run. */
export function recordingOf(
  { registrations, outputs, diagnostics }: Monitor,
  { project, stack, mode }: Pick<RunOptions, "project" | "stack" | "mode">,
  problems: readonly unknown[],
): Recording {
  for (const problem of problems) {
    const message = messageOf(problem);
    if (!diagnostics.some((known) => known.message === message)) diagnostics.push({ severity: "error", message });
  }
  return { project, stack, mode, registrations, outputs, diagnostics, error: problems[0] };
}

export function monitorOptions(options: EngineOptions): MonitorOptions {
  return {
    ...options,
    organization: options.organization ?? "organization",
    config: options.config ?? {},
    secretConfigKeys: options.secretConfigKeys ?? [],
  };
}

/** The SDK's messages about promises that are still pending, without its debugging hints. */
function stuckMessage(sdk: Sdk): string {
  const [, message] = sdk.debuggable.leakedPromises();
  const hint = message.indexOf("\n\nRe-run your program");
  return (hint < 0 ? message : message.slice(0, hint)) || "the program waits for something that never happens";
}

/** Points the SDK at the engine, as Pulumi's automation API does for inline programs (`automation/server.js`). */
function connect(sdk: Sdk, options: RunOptions, { address, client }: Connection, diagnostics: Diagnostic[]): void {
  const { project, stack, mode, organization, config, secretConfigKeys } = monitorOptions(options);
  const parallel = 2 ** 31 - 1;
  sdk.settings.resetOptions(project, stack, parallel, address, address, mode === "preview", organization);
  sdk.config.setAllConfig({ ...config }, [...secretConfigKeys]);
  const { settings } = sdk.state.getStore();
  settings.options.rootDirectory = options.rootDirectory ?? process.cwd();
  // The debug log has several messages per resource, sent one at a time: over gRPC they would take longer than everything else.
  settings.engine = directClient(sdk, engineService(sdk, diagnostics));
  if (client) settings.monitor = client;
}

async function execute(sdk: Sdk, program: RunOptions["program"]): Promise<void> {
  await sdk.stack.runInPulumiStack(async () => program());
  await sdk.settings.disconnect(true);
}

/** Waits for pending errors to surface. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
}

/** True for what the SDK throws when the engine has gone: gRPC's CANCELLED (1) and UNAVAILABLE (14). */
function isConnectionError(error: unknown): boolean {
  const code = (error as { code?: unknown } | undefined)?.code;
  return error instanceof Error && (code === 1 || code === 14);
}
