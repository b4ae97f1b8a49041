import { readFileSync, rmSync } from "node:fs";
import path from "node:path";
import type { OpMap, PreviewResult, PulumiCommand, Stack } from "@pulumi/pulumi/automation";
import { parse } from "yaml";
import { writeWhole } from "../../common/whole-file";
import { Interrupted, type Interruption } from "./interruption";
import { automation } from "./look";
import { attempt, StackLocked, update } from "./operation";
import { Progress } from "./progress";
import { configOf } from "./stack-configuration";
import type { Target } from "./target";

type Write = (line: string) => void;

/** The result of an update. */
export interface Updated {
  /** The outputs of the stack that are not secret. */
  readonly exports: Exports;
  /** The number of resources by Pulumi's name of the operation: `create`, `update` and so on. */
  readonly changes: OpMap;
}

/** Creates or updates everything. */
export async function up(target: Target, command: string, write: Write, interruption: Interruption): Promise<Updated> {
  const stack = await stackOf(target, command);
  const progress = new Progress(write);
  const options = reporting(progress, interruption);
  const { outputs, summary } = await update({
    name: "up",
    target,
    progress,
    interruption,
    run: () => stack.up(options),
  });
  const exports = Object.fromEntries(
    Object.entries(outputs)
      .filter(([, { secret }]) => !secret)
      .map(([name, { value }]) => [name, value as unknown]),
  );
  return { exports, changes: summary.resourceChanges ?? {} };
}

/**
 * Shows what `up` would change. Pulumi only previews existing stacks, with the configuration from their file. Whatever this creates for the preview,
 * it removes afterwards.
 */
export async function previewUp(
  target: Target,
  command: string,
  write: Write,
  interruption: Interruption,
): Promise<PreviewResult> {
  const file = stackFile(target);
  const before = readIfThere(file);
  const isNew = (await existingStack(target, command)) === undefined;
  try {
    const stack = await stackOf(target, command);
    const progress = new Progress(write, true);
    const options = reporting(progress, interruption);
    return await attempt({ name: "preview", target, progress, interruption, run: () => stack.preview(options) });
  } finally {
    if (isNew) {
      const made = await existingStack(target, command);
      await made?.workspace.removeStack(target.stack, { preserveConfig: true });
    }
    if (before === undefined) rmSync(file, { force: true });
    else writeWhole(file, before);
  }
}

/** The stack with its configuration, created if it does not exist yet. */
async function stackOf(target: Target, command: string): Promise<Stack> {
  const { LocalWorkspace } = await automation();
  const stack = await LocalWorkspace.createOrSelectStack(
    { stackName: target.stack, workDir: target.project.root },
    await workspaceOptions(target, command),
  );
  if (Object.keys(target.overrides).length > 0) await stack.setAllConfigJson(JSON.stringify(configOf(target)));
  return stack;
}

function reporting(progress: Progress, { signal }: Interruption) {
  return {
    signal,
    onEvent: (event: Parameters<Progress["report"]>[0]) => progress.report(event),
    color: "never" as const,
  };
}

export type Exports = { readonly [name: string]: unknown };

export interface DownOptions {
  target: Target;
  /** The Pulumi CLI. */
  command: string;
  clusterIsGone: () => Promise<boolean>;
  write: Write;
  interruption: Interruption;
}

/**
 * Removes everything and the stack itself. If the cluster is already gone, only its state is left to remove.
 * @returns False if there is no such stack.
 */
export async function down({ target, command, clusterIsGone, write, interruption }: DownOptions): Promise<boolean> {
  const stack = await existingStack(target, command);
  if (stack === undefined) return false;
  const progress = new Progress(write);
  const gone = await clusterIsGone();
  const options = reporting(progress, interruption);
  try {
    await update({ name: "destroy", target, progress, interruption, run: () => stack.destroy(options) });
  } catch (error) {
    // What another update is creating is not gone, and its lock would prevent removing the state, too.
    if (!gone || error instanceof StackLocked || error instanceof Interrupted) throw error;
    write("The cluster is already gone; removing its resources from the state.");
  }
  const run = () => stack.workspace.removeStack(target.stack, { force: gone, preserveConfig: true });
  await attempt({ name: "stack rm", target, progress, interruption, run });
  removeEmptyConfig(target);
  return true;
}

async function existingStack(target: Target, command: string): Promise<Stack | undefined> {
  const { LocalWorkspace } = await automation();
  try {
    return await LocalWorkspace.selectStack(
      { stackName: target.stack, workDir: target.project.root },
      await workspaceOptions(target, command),
    );
  } catch (error) {
    if ((error as Error).name === "StackNotFoundError") return undefined;
    throw error;
  }
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

/** Pulumi leaves a file that holds only a salt; the user's own settings stay. */
function removeEmptyConfig(target: Target): void {
  const file = stackFile(target);
  const text = readIfThere(file);
  if (text === undefined) return;
  const { encryptionsalt: _, ...rest } = (parse(text) ?? {}) as { [key: string]: unknown };
  if (Object.keys(rest).length === 0) rmSync(file);
}

function stackFile({ project, stack }: Target): string {
  return path.join(project.stackConfigDirectory, `Pulumi.${stack}.yaml`);
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}
