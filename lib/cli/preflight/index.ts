import type { Execute } from "../../common/process";
import { findDocker } from "./docker";
import type { Finding } from "./finding";
import { findClusterName } from "./kind-cluster";
import { findPlugins, type Plugin } from "./plugins";
import { findPulumi } from "./pulumi";

export { executor } from "../../common/process";
export { type Finding, findingsTable } from "./finding";

export interface PreflightOptions {
  /** The cluster's name, where the configuration gives one. */
  readonly clusterName: string | undefined;
  readonly plugins: readonly Plugin[];
  readonly execute: Execute;
  /** Installs a Pulumi CLI and gives its path. Only called where everything else is there. */
  readonly installPulumi: () => Promise<string>;
  /** The name of the cluster in the stack's state, if there is one; given the Pulumi command. */
  readonly own: (command: string) => Promise<string | undefined>;
  /** Told of what takes time. */
  readonly notice?: (line: string) => void;
}

export interface Preflight {
  readonly findings: readonly Finding[];
  /** The Pulumi command to use. Defined where nothing is missing. */
  readonly command?: string | undefined;
}

/** Looks for all that bringing the sandbox up needs: side by side where possible, and each within a time limit. */
export async function preflight(options: PreflightOptions): Promise<Preflight> {
  const { execute, clusterName } = options;
  const [docker, installed] = await Promise.all([findDocker(execute), findPulumi(execute)]);
  // Downloading a CLI is of no use where there is no Docker, and takes time.
  const pulumi = docker.ok && installed.absent === true ? await findPulumi(execute, options.installPulumi) : installed;
  const { command } = pulumi;
  const [cluster, plugins] = await Promise.all([
    docker.ok
      ? findClusterName(execute, clusterName, () =>
          command === undefined ? Promise.resolve(undefined) : options.own(command),
        )
      : notLookedFor(clusterName === undefined ? "kind cluster name" : `kind cluster name "${clusterName}"`, "Docker"),
    docker.ok && command !== undefined
      ? findPlugins(execute, command, options.plugins, options.notice)
      : notLookedFor("Pulumi plugins", command === undefined ? "the Pulumi CLI" : "Docker"),
  ]);
  const findings = [docker, cluster, pulumi, plugins];
  return { findings, command: findings.every(({ ok }) => ok) ? command : undefined };
}

function notLookedFor(what: string, without: string): Finding {
  return { what, ok: false, found: `not checked without ${without}` };
}
