import { existsSync } from "node:fs";
import path from "node:path";
import type { Execute } from "../../common/process";
import { deferUnusedModules } from "../../plan/deferred-modules";
import { executor, type Preflight, preflight } from "../preflight";
import { checkPulumi } from "../preflight/pulumi";
import type { Target } from "./target";

/** Runs commands with the variables that Pulumi needs for this target. */
export function executorFor({ env }: Target): Execute {
  return executor({ ...process.env, ...env });
}

/** Checks this machine for everything that `up` needs. */
export function checkMachine(target: Target, notice: (line: string) => void): Promise<Preflight> {
  const execute = executorFor(target);
  return preflight({
    clusterName: target.clusterName,
    plugins: target.plugins,
    execute,
    installPulumi: () => {
      notice("Installing the Pulumi CLI");
      return installPulumi();
    },
    notice,
    own: async (command) => (await ownClusters(execute, command, target))[0],
  });
}

/** Lets Pulumi's automation API install the CLI that fits the SDK into Pulumi's home folder, and returns its path. */
export async function installPulumi(): Promise<string> {
  const { PulumiCommand } = await automation();
  const limitSeconds = 120;
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the download took more than ${limitSeconds} s`)), limitSeconds * 1000);
  });
  try {
    const { command } = await Promise.race([PulumiCommand.install(), timeout]);
    return command;
  } finally {
    clearTimeout(timer);
  }
}

/** Pulumi's automation API, loaded without the parts of the SDK that it does not need. */
export function automation(): Promise<typeof import("@pulumi/pulumi/automation")> {
  deferUnusedModules();
  return import("@pulumi/pulumi/automation/index.js");
}

/** The names of the kind clusters in the stack's state: one, and two where a replacement was interrupted. None without a stack. */
export async function ownClusters(execute: Execute, command: string, { project, stack }: Target): Promise<string[]> {
  const execution = await execute(command, ["stack", "export", "--stack", stack, "--cwd", project.root], 30);
  if (execution.kind !== "ended" || execution.code !== 0) return [];
  const { deployment } = JSON.parse(execution.stdout) as {
    deployment?: { resources?: { type: string; delete?: boolean; inputs?: { name?: unknown } }[] };
  };
  const clusters = (deployment?.resources ?? []).filter(({ type }) => type === "kind:index/cluster:Cluster");
  // The current cluster first: a resource that awaits deletion comes last.
  return clusters
    .sort((a, b) => Number(a.delete ?? false) - Number(b.delete ?? false))
    .map(({ inputs }) => inputs?.name)
    .filter((name) => typeof name === "string");
}

/** An output of the stack that is a string and not secret; undefined without such an output, stack or Pulumi. */
export async function stackOutput(target: Target, name: string): Promise<string | undefined> {
  if (hasNoState(target)) return undefined;
  const execute = executorFor(target);
  const { command } = await checkPulumi(execute, installPulumi);
  if (command === undefined) return undefined;
  const args = ["stack", "output", "--json", "--stack", target.stack, "--cwd", target.project.root];
  const execution = await execute(command, args, 30);
  if (execution.kind !== "ended" || execution.code !== 0) return undefined;
  const value = (JSON.parse(execution.stdout) as { [name: string]: unknown })[name];
  return typeof value === "string" ? value : undefined;
}

/** Whether meshfence's own state folder has never been used. */
export function hasNoState({ env }: Target): boolean {
  const backend = env.PULUMI_BACKEND_URL;
  return backend?.startsWith("file://") === true && !existsSync(path.join(backend.slice("file://".length), ".pulumi"));
}
