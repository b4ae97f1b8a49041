import { type Command, InvalidArgumentError, Option } from "commander";
import { defaultLimits, type ReadLimits } from "../../input/files/bounded";
import type { ApiServer } from "../../input/manifests/api-server";
import type { RenderMode } from "../../input/render/tools/context";
import { parseAddress } from "../../kubernetes/cidr";
import { TransportMode } from "../../scenario/transport-mode";
import { projectClusters } from "../settings/clusters";
import { renderOption } from "./render";

/** Options that every command over manifests takes. */
export interface InputOptions {
  namespace: string;
  transportMode?: TransportMode;
  /** Cilium's cluster.name. */
  clusterName?: string;
  /** Other clusters of the mesh. */
  cluster?: string[];
  /** Whether `cluster` comes from the project's settings, because the command line names none. */
  clustersOfProject?: boolean;
  apiServer?: ApiServer;
  /** Default: `auto`. */
  render?: RenderMode;
  /** The largest file that is read, in MiB. Default: 256. */
  maxSize?: number;
  /** How long to wait for a pipe, in seconds. Default: 60. */
  maxWait?: number;
  /** The context of a running cluster to read as well. */
  context?: string;
  kubeconfig?: string;
}

/** Adds the options that name a running cluster. */
export function withClusterOptions(command: Command): Command {
  return command
    .option(
      "--context <name>",
      "read the running cluster of this context, without changing it; files count as applied to it",
    )
    .option("--kubeconfig <file>", "kubeconfig of the running cluster (default: kubectl's)");
}

/** Whether the options name a running cluster. */
export const readsCluster = ({ context, kubeconfig }: InputOptions): boolean =>
  context !== undefined || kubeconfig !== undefined;

/** Adds the options of {@link InputOptions}. */
export function withInputOptions(command: Command): Command {
  return command
    .option("-n, --namespace <name>", "namespace of objects without one", "default")
    .addOption(
      new Option(
        "--transport-mode <mode>",
        "Linkerd's transport mode (default: from the manifests, otherwise the chart's)",
      ).choices(Object.values(TransportMode)),
    )
    .option("--cluster-name <name>", "Cilium's cluster.name (default: from the manifests, otherwise default)", nonEmpty)
    .option(
      "--cluster <name>",
      "another cluster of the mesh, whose pods are included; may be repeated (default: clusters in meshfence.yaml)",
      (name: string, all: string[] = []) => [...all, nonEmpty(name)],
    )
    .option(
      "--api-server <where>",
      "where the API server runs: node, outside (a managed cluster), or its IP address outside the cluster (default: from Endpoints and Nodes, otherwise node)",
      apiServer,
    )
    .option("--max-size <MiB>", "the largest file to read (default: 256)", positive)
    .option("--max-wait <seconds>", "how long to wait for a named pipe (default: 60)", positive)
    .addOption(renderOption())
    .hook("preAction", (_, command) => projectClusters(command, limitsOf(command.opts())));
}

/** The limits that {@link withInputOptions} sets. */
export function limitsOf({ maxSize, maxWait }: Pick<InputOptions, "maxSize" | "maxWait">): ReadLimits {
  return {
    size: maxSize === undefined ? defaultLimits.size : maxSize * (1 << 20),
    wait: maxWait === undefined ? defaultLimits.wait : maxWait * 1000,
  };
}

function apiServer(text: string): ApiServer {
  if (text === "node" || text === "outside") return { isOutside: text === "outside", addresses: [] };
  if (parseAddress(text) === undefined) throw new InvalidArgumentError("It must be node, outside or an IP address.");
  return { isOutside: true, addresses: [text] };
}

function positive(text: string): number {
  const value = Number(text);
  if (!(value > 0) || !Number.isFinite(value)) throw new InvalidArgumentError("It must be a number above 0.");
  return value;
}

function nonEmpty(text: string): string {
  if (text === "") throw new InvalidArgumentError("It must not be empty.");
  return text;
}
