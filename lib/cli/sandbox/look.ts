import { existsSync } from "node:fs";
import path from "node:path";
import type { Execute } from "../../common/process";
import { deferUnusedModules } from "../../plan/deferred-modules";
import { executor, type Preflight, preflight } from "../preflight";
import type { Target } from "./target";

/** Runs commands with the variables that Pulumi needs for this target. */
export function executorFor({ env }: Target): Execute {
  return executor({ ...process.env, ...env });
}

/** Looks on this machine for all that bringing the target up needs. */
export function lookAround(target: Target, notice: (line: string) => void): Promise<Preflight> {
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
    owned: (command) => ownsCluster(execute, command, target),
  });
}

/** Has Pulumi's automation API install the CLI that fits the SDK, in Pulumi's home, and gives its path. */
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

/** Pulumi's automation API, without what of the SDK it does not need. */
export function automation(): Promise<typeof import("@pulumi/pulumi/automation")> {
  deferUnusedModules();
  return import("@pulumi/pulumi/automation/index.js");
}

/** True where the stack's state has the cluster. */
async function ownsCluster(execute: Execute, command: string, target: Target): Promise<boolean> {
  const { project, stack, clusterName } = target;
  const execution = await execute(command, ["stack", "export", "--stack", stack, "--cwd", project.root], 30);
  if (execution.kind !== "ended" || execution.code !== 0) return false;
  const { deployment } = JSON.parse(execution.stdout) as {
    deployment?: { resources?: { type: string; inputs?: { name?: unknown } }[] };
  };
  return (deployment?.resources ?? []).some(
    ({ type, inputs }) => type === "kind:index/cluster:Cluster" && inputs?.name === clusterName,
  );
}

/** True where the state folder of meshfence's own has never been used. */
export function hasNoState({ env }: Target): boolean {
  const backend = env.PULUMI_BACKEND_URL;
  return backend?.startsWith("file://") === true && !existsSync(path.join(backend.slice("file://".length), ".pulumi"));
}
