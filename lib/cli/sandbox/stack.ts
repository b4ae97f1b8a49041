import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import type { OpMap, PreviewResult, PulumiCommand, Stack } from "@pulumi/pulumi/automation";
import { parse } from "yaml";
import { UserError } from "../../plan/user-error";
import { automation } from "./look";
import { Progress } from "./progress";
import type { Target } from "./target";

/** An operation of Pulumi failed; the reasons have been written already. */
export class OperationFailed extends Error {
  override readonly name = "OperationFailed";
}

type Write = (line: string) => void;

/** What an update came to. */
export interface Updated {
  /** What the stack exports and is no secret. */
  readonly exports: Exports;
  /** How many resources were created, updated and so on, by Pulumi's name of the operation. */
  readonly changes: OpMap;
}

/** Creates or updates everything. */
export async function up(target: Target, command: string, write: Write): Promise<Updated> {
  const stack = await stackOf(target, command);
  const progress = new Progress(write);
  const { outputs, summary } = await attempt("up", target, progress, () => stack.up(reporting(progress)));
  const exports = Object.fromEntries(
    Object.entries(outputs)
      .filter(([, { secret }]) => !secret)
      .map(([name, { value }]) => [name, value as unknown]),
  );
  return { exports, changes: summary.resourceChanges ?? {} };
}

/** Says what `up` would change. */
export async function previewUp(target: Target, command: string, write: Write): Promise<PreviewResult> {
  const stack = await stackOf(target, command);
  const progress = new Progress(write, true);
  return attempt("preview", target, progress, () => stack.preview(reporting(progress)));
}

/** The stack with its configuration, made where it is not there yet. */
async function stackOf(target: Target, command: string): Promise<Stack> {
  const { LocalWorkspace } = await automation();
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: target.stack, workDir: target.project.root },
    await workspaceOptions(target, command),
  );
  if (Object.keys(target.overrides).length > 0) await stack.setAllConfigJson(JSON.stringify(configOf(target)));
  return stack;
}

/**
 * What `--config` says, in the form of `pulumi config --json`. Lists and objects are written as JSON on the command line, and Pulumi
 * refuses their text where Pulumi.yaml declares the type.
 */
export function configOf({ overrides, project }: Pick<Target, "overrides" | "project">): {
  [key: string]: { value: string; objectValue?: unknown; secret: boolean };
} {
  const entries = Object.entries(overrides).map(([key, value]) => {
    const { type, secret = false } = project.configDeclarations[key] ?? {};
    const structured = type === "array" || type === "object";
    return [key, { value, ...(structured && { objectValue: parsedJson(key, value, type) }), secret }] as const;
  });
  return Object.fromEntries(entries);
}

function parsedJson(key: string, value: string, type: string): unknown {
  try {
    const parsed: unknown = JSON.parse(value);
    if (typeof parsed === "object" && parsed !== null && Array.isArray(parsed) === (type === "array")) return parsed;
  } catch {
    // Said below.
  }
  throw new UserError(`--config ${key}: an ${type} is written as JSON, e.g. ${examples[type]}; this is ${value}`);
}

const examples: { readonly [type: string]: string } = { array: '\'["a", "b"]\'', object: '\'{"key": "value"}\'' };

function reporting(progress: Progress) {
  return {
    onEvent: (event: Parameters<Progress["report"]>[0]) => progress.report(event),
    color: "never" as const,
  };
}

export type Exports = { readonly [name: string]: unknown };

/**
 * Removes everything and the stack itself. Where the cluster has gone already, only the stack's memory of it is left to remove.
 * @returns false where there is no such stack
 */
export async function down(
  target: Target,
  command: string,
  clusterIsGone: () => Promise<boolean>,
  write: Write,
): Promise<boolean> {
  const { LocalWorkspace } = await automation();
  const args = { stackName: target.stack, workDir: target.project.root };
  let stack: Stack;
  try {
    stack = await LocalWorkspace.selectStack(args, await workspaceOptions(target, command));
  } catch (error) {
    if ((error as Error).name === "StackNotFoundError") return false;
    throw error;
  }
  const progress = new Progress(write);
  const gone = await clusterIsGone();
  try {
    await attempt("destroy", target, progress, () => stack.destroy(reporting(progress)));
  } catch (error) {
    if (!gone) throw error;
    write("The cluster has gone already; forgetting what was in it.");
  }
  await stack.workspace.removeStack(target.stack, { force: gone, preserveConfig: true });
  removeEmptyConfig(target);
  return true;
}

async function workspaceOptions({ env, state }: Target, command: string) {
  state.prepare();
  const envVars = { ...env, PULUMI_K8S_DELETE_UNREACHABLE: "true" };
  if (command === "pulumi") return { envVars };
  const { PulumiCommand } = await automation();
  // `<root>/bin/pulumi`
  const pulumiCommand: PulumiCommand = await PulumiCommand.get({ root: path.dirname(path.dirname(command)) });
  return { envVars, pulumiCommand };
}

async function attempt<T>(operation: string, target: Target, progress: Progress, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    const { name, message } = error as Error;
    if (name === "ConcurrentUpdateError") {
      throw new OperationFailed(
        `another update of this stack is going on; if it was interrupted, run \`${cancelCommand(target)}\``,
      );
    }
    if (name !== "CommandError") throw error;
    // What the CLI finds before the engine begins, such as configuration of the wrong type, it only says on its error stream.
    const reasons = progress.saidWhy ? "the reasons are above" : reasonsIn(message);
    throw new OperationFailed(`pulumi ${operation} failed; ${reasons}`, { cause: error });
  }
}

/** The command that takes away the lock of an update that was killed, with the backend that it has to look in. */
function cancelCommand({ env, stack, project }: Target): string {
  const backend = env.PULUMI_BACKEND_URL === undefined ? "" : `PULUMI_BACKEND_URL=${quoted(env.PULUMI_BACKEND_URL)} `;
  return `${backend}pulumi cancel --yes --stack ${stack} --cwd ${quoted(project.root)}`;
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The CLI's own `error:` lines, each once. */
function reasonsIn(message: string): string {
  const reasons = message.split("\n").flatMap((line) => /^error: (.*)/.exec(line)?.[1] ?? []);
  return `it says: ${reasons.length === 0 ? message.trim() : [...new Set(reasons)].join("\n")}`;
}

/** Pulumi leaves a file with nothing but a salt; the user's own settings stay. */
function removeEmptyConfig({ project, stack }: Target): void {
  const file = path.join(project.stackConfigDirectory, `Pulumi.${stack}.yaml`);
  try {
    const { encryptionsalt: _, ...rest } = (parse(readFileSync(file, "utf8")) ?? {}) as { [key: string]: unknown };
    if (Object.keys(rest).length === 0) rmSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
}
