import type { Execute } from "../../common/process";
import type { PreflightCheck } from "./check";
import { checkDocker } from "./docker";
import { checkClusterName } from "./kind-cluster";
import { checkPlugins, type Plugin } from "./plugins";
import { checkPulumi } from "./pulumi";

export { executor } from "../../common/process";
export { type PreflightCheck, preflightTable } from "./check";

export interface PreflightOptions {
  /** The cluster's name, if the configuration sets one. */
  readonly clusterName: string | undefined;
  readonly plugins: readonly Plugin[];
  readonly execute: Execute;
  /** Installs a Pulumi CLI and returns its path. Only called if everything else is available. */
  readonly installPulumi: () => Promise<string>;
  /** Looks up the cluster's name in the stack's state with the Pulumi command. */
  readonly own: (command: string) => Promise<string | undefined>;
  /** Called with what takes time. */
  readonly notice?: (line: string) => void;
}

export interface Preflight {
  readonly checks: readonly PreflightCheck[];
  /** The Pulumi command to use. Defined if nothing is missing. */
  readonly command?: string | undefined;
}

/** Checks for everything that the sandbox needs: concurrently where possible, each within a time limit. */
export async function preflight(options: PreflightOptions): Promise<Preflight> {
  const { execute, clusterName } = options;
  const [docker, installed] = await Promise.all([checkDocker(execute), checkPulumi(execute)]);
  // Without Docker, downloading a CLI would be a waste of time.
  const pulumi = docker.ok && installed.absent === true ? await checkPulumi(execute, options.installPulumi) : installed;
  const { command } = pulumi;
  const [cluster, plugins] = await Promise.all([
    docker.ok
      ? checkClusterName(execute, clusterName, () =>
          command === undefined ? Promise.resolve(undefined) : options.own(command),
        )
      : skippedCheck(clusterName === undefined ? "kind cluster name" : `kind cluster name "${clusterName}"`, "Docker"),
    docker.ok && command !== undefined
      ? checkPlugins({ execute, command, plugins: options.plugins, notice: options.notice })
      : skippedCheck("Pulumi plugins", command === undefined ? "the Pulumi CLI" : "Docker"),
  ]);
  const checks = [docker, cluster, pulumi, plugins];
  return { checks, command: checks.every(({ ok }) => ok) ? command : undefined };
}

function skippedCheck(what: string, without: string): PreflightCheck {
  return { what, ok: false, found: `not checked without ${without}` };
}
