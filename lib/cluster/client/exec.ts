import type { Readable, Writable } from "node:stream";
import { execRule } from "../access";
import type { ExecAnswer, Limit } from "../cluster";
import { ClusterError } from "../error";
import type { ContainerRef } from "../pod-ref";
import type { ApiServer } from "./api-server";
import { Collector } from "./collector";
import { connectionFailure, type Operation } from "./failure";
import { loadLibrary, type Status } from "./library";
import { within } from "./limit";

/** The maximum output, ten times the list of a full node's endpoints. */
const maximumOutput = 8 * 1024 * 1024;

/** Runs a command and waits for its end. */
export async function execute(
  server: ApiServer,
  target: ContainerRef,
  command: readonly string[],
  limit: Limit,
): Promise<ExecAnswer> {
  const stdout = new Collector(maximumOutput);
  const stderr = new Collector(maximumOutput);
  const exitCode = await stream(server, target, command, { stdout, stderr }, limit);
  return { stdout: stdout.text, stderr: stderr.text, exitCode, truncated: stdout.truncated || stderr.truncated };
}

export interface ExecStreams {
  stdout: Writable;
  stderr: Writable;
  stdin?: Readable;
}

/** Runs a command with streams; resolves with its exit status. */
export function stream(
  server: ApiServer,
  target: ContainerRef,
  command: readonly string[],
  { stdout, stderr, stdin }: ExecStreams,
  limit: Limit,
): Promise<number> {
  const operation = execOperation(target, command);
  return within(limit, operation.what, async (signal) => {
    const { Exec } = await loadLibrary();
    const { namespace, name, container } = target;
    const { promise, resolve, reject } = settlement<Status>();
    const started = new Exec(server.config).exec(
      namespace,
      name,
      container,
      [...command],
      stdout,
      stderr,
      stdin ?? null,
      false,
      resolve,
    );
    const socket = await started.catch(async (error: unknown) => {
      throw await handshakeFailure(server, execPath(target, command), error, operation, signal);
    });
    signal.addEventListener("abort", () => socket.terminate(), { once: true });
    if (signal.aborted) socket.terminate();
    socket.onclose = () =>
      reject(
        new ClusterError("gone", `${operation.what}: the connection ended before the command did`, {
          cure: "the pod, its node or the API server went away meanwhile; check whether they still run, and try again",
        }),
      );
    return exitCodeOf(await promise, target, command);
  });
}

/** Why a stream could not be opened. */
export async function handshakeFailure(
  server: ApiServer,
  path: string,
  error: unknown,
  operation: Operation,
  signal: AbortSignal,
): Promise<ClusterError> {
  // ws passes an ErrorEvent with the message `Unexpected server response: 403`.
  const cause = (error as { error?: unknown }).error ?? error;
  const message = cause instanceof Error ? cause.message : String(cause);
  if (!message.startsWith("Unexpected server response")) {
    return connectionFailure(cause, operation, server.address, server.answered);
  }
  const refusal = await server.refusalOf(path, operation, signal);
  return (
    refusal ??
    new ClusterError("other", `${operation.what}: the API server does not open a stream (${message})`, { cause })
  );
}

function execOperation({ namespace, name, container }: ContainerRef, command: readonly string[]): Operation {
  return {
    what: `${command[0]} in ${namespace}/${name} (container ${container})`,
    rule: execRule(namespace),
  };
}

function execPath({ namespace, name, container }: ContainerRef, command: readonly string[]): string {
  const query = new URLSearchParams([
    ["stdout", "true"],
    ["container", container],
    ...command.map((word): [string, string] => ["command", word]),
  ]);
  return `/api/v1/namespaces/${namespace}/pods/${name}/exec?${query}`;
}

/** The last frame of an exec is a Status: Success, NonZeroExitCode with the code, or what kept the command from running. */
function exitCodeOf(status: Status, target: ContainerRef, command: readonly string[]): number {
  if (status.status === "Success") return 0;
  const code = status.details?.causes?.find(({ reason }) => reason === "ExitCode")?.message;
  if (code !== undefined) return Number(code);
  const what = `${target.namespace}/${target.name} (container ${target.container})`;
  const message = status.message ?? status.reason ?? "unknown reason";
  if (/executable file not found|no such file or directory/.test(message)) {
    throw new ClusterError("noShell", `${what} has no ${command[0]}`, {
      cure: "use a container that has it, such as a probe container in the same pod",
    });
  }
  if (/container not found|not running|ContainerNotFound|pod .* not found/i.test(message)) {
    throw new ClusterError("gone", `${what}: ${message}`);
  }
  throw new ClusterError("other", `${what}: ${message}`);
}

function settlement<T>() {
  let resolve: (value: T) => void = () => undefined;
  let reject: (error: unknown) => void = () => undefined;
  const promise = new Promise<T>((yes, no) => {
    resolve = yes;
    reject = no;
  });
  // It may reject before it is awaited, if the stream cannot be opened.
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}
