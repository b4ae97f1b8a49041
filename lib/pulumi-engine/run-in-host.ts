import type * as grpc from "@grpc/grpc-js";
import type { RunResponse } from "@pulumi/pulumi/proto/language_pb";
import { type ChildEnd, runChild } from "../common/child";
import { engineService } from "./engine-service";
import { EngineError, messageOf } from "./errors";
import { Monitor } from "./monitor";
import type { Diagnostic, Recording } from "./recording";
import { type EngineOptions, monitorOptions, recordingOf } from "./run";
import { loadSdk, type Sdk } from "./sdk";
import { serveOverGrpc } from "./transport";

export interface HostedRunOptions extends EngineOptions {
  /** The language host, such as `pulumi-language-python`. */
  readonly host: { readonly name: string; readonly file: string };
  /** The program: absolute directories, and a file in the second one, or `.`. */
  readonly program: { readonly root: string; readonly directory: string; readonly entryPoint: string };
  /** The options of Pulumi.yaml for this language. Default: none. */
  readonly runtimeOptions?: { readonly [option: string]: unknown };
  /** How long the program may take, including compilation. */
  readonly seconds: number;
  /** Called with what host and program print. */
  readonly printed?: (output: Buffer) => void;
}

/** More than any program prints. */
const mostOutput = 1 << 27;

/**
 * Runs a program in a language other than Node's with its language host, as the Pulumi CLI does, and records what it registers. The host is a
 * separate process that ends with this one.
 *
 * Never rejects because of the program: its failure is the recording's `error`.
 */
export async function runInHost(options: HostedRunOptions): Promise<Recording> {
  const { host, seconds, printed } = options;
  const sdk = loadSdk();
  const problems: unknown[] = [];
  const finished = new AbortController();
  const report = (problem: unknown) => {
    problems.push(problem);
    finished.abort();
  };
  const monitor = new Monitor(sdk, monitorOptions(options), report);
  const connection = await serveOverGrpc(sdk, monitor, engineService(sdk, monitor.diagnostics));
  let answer: Promise<void> | undefined;
  const ask = async (port: number) => {
    try {
      const response = await callHost(sdk, port, connection.address, options);
      if (response.getBail() || response.getError() !== "") report(failureOf(response, monitor.diagnostics));
    } catch (error) {
      // End the host if the monitor found a problem.
      if (!finished.signal.aborted) report(error);
    }
    finished.abort();
  };
  let start = "";
  const onOutput = (output: Buffer) => {
    if (answer !== undefined) return printed?.(output);
    // The first line is the port on which the host listens.
    start += output.toString("utf8");
    const end = start.indexOf("\n");
    if (end < 0) return;
    answer = ask(Number(start.slice(0, end)));
    if (end + 1 < start.length) printed?.(Buffer.from(start.slice(end + 1)));
  };
  const limits = {
    cwd: options.program.directory,
    timeoutSeconds: seconds,
    maxOutputBytes: mostOutput,
    onOutput,
    signal: finished.signal,
    killsBackground: true,
  };
  try {
    const end = await runChild(host.file, [connection.address], limits, "SIGTERM");
    await answer;
    const problem = problemOf(options, end, answer !== undefined, problems[0]);
    if (problem === undefined) printed?.(Buffer.from(end.errors));
    return recordingOf(monitor, options, problem === undefined ? [] : [problem]);
  } catch (error) {
    return recordingOf(monitor, options, [new EngineError(`${host.name} cannot be started: ${messageOf(error)}`)]);
  } finally {
    monitor.close();
    connection.close();
  }
}

/** The host's message about a failed program that did not report an error to the engine. */
class HostFailure extends EngineError {}

/** Asks the host to run the program, and waits for its end. */
function callHost(sdk: Sdk, port: number, engine: string, options: HostedRunOptions): Promise<RunResponse> {
  const { grpc, language, languageService, struct, settings } = sdk;
  const { grpcChannelOptions } = settings as unknown as { grpcChannelOptions: grpc.ChannelOptions };
  const client = new languageService.LanguageRuntimeClient(
    `127.0.0.1:${port}`,
    grpc.credentials.createInsecure(),
    grpcChannelOptions,
  );
  const { root, directory, entryPoint } = options.program;
  const { project, stack, organization, mode, config, secretConfigKeys } = monitorOptions(options);
  const info = new language.ProgramInfo();
  info.setRootDirectory(root);
  info.setProgramDirectory(directory);
  info.setEntryPoint(entryPoint);
  info.setOptions(
    struct.Struct.fromJavaScript({ ...options.runtimeOptions } as Parameters<typeof struct.Struct.fromJavaScript>[0]),
  );
  const request = new language.RunRequest();
  request.setProject(project);
  request.setStack(stack);
  request.setOrganization(organization);
  request.setPwd(directory);
  request.setProgram(entryPoint);
  request.setInfo(info);
  request.setDryrun(mode === "preview");
  request.setParallel(parallel);
  request.setMonitorAddress(engine);
  request.setConfigsecretkeysList([...secretConfigKeys]);
  for (const [key, value] of Object.entries(config)) request.getConfigMap().set(key, value);
  return new Promise((resolve, reject) => {
    client.run(request, (error: grpc.ServiceError | null, response) => {
      client.close();
      if (error) reject(new EngineError(error.details));
      else resolve(response);
    });
  });
}

/** How many resources a program may register at once: as many as the CLI allows on a machine with four cores. */
const parallel = 16;

/** Why the program failed. */
function failureOf(response: RunResponse, diagnostics: readonly Diagnostic[]): EngineError {
  const logged = diagnostics.filter(({ severity }) => severity === "error").map(({ message }) => message.trim());
  if (logged.length > 0) return new EngineError(logged.join("\n"));
  return new HostFailure(response.getError() || "the program failed");
}

/** The problem that ends the run, with the program's output if the host says little about it. */
function problemOf(
  { host, seconds }: HostedRunOptions,
  { status, output, errors, exceeded }: ChildEnd,
  isAsked: boolean,
  problem: unknown,
): unknown {
  if (exceeded === "timeout") return new EngineError(`the program took longer than ${seconds} s`);
  if (exceeded === "output") return new EngineError(`the program printed more than ${mostOutput >> 20} MiB`);
  if (!isAsked) return new EngineError(withEnd(`${host.name} ended with ${status}`, `${output}\n${errors}`));
  if (!(problem instanceof HostFailure)) return problem;
  return new EngineError(withEnd(problem.message, errors));
}

/** Enough lines for a traceback. */
const linesShown = 20;

const withEnd = (message: string, printed: string): string =>
  printed.trim() === "" ? message : `${message}:\n${printed.trim().split("\n").slice(-linesShown).join("\n")}`;
