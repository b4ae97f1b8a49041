import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { didYouMean } from "../../common/did-you-mean";
import { ClusterError } from "../error";
import { type KubeConfig, loadLibrary } from "./library";

/** Selects a cluster. Defaults are kubectl's. */
export interface ClusterChoice {
  /** A kubeconfig file. Default: the files in `KUBECONFIG`, otherwise `~/.kube/config`, otherwise the cluster that this runs in. */
  kubeconfig?: string | undefined;
  /** The text of a kubeconfig instead of a file, so that a secret output of a stack is never written to disk. */
  kubeconfigText?: string | undefined;
  /** The context. Default: the current one. */
  context?: string | undefined;
}

const serviceAccountToken = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** Loads the configuration and chooses the context in it. Nothing is sent yet. */
export async function loadKubeconfig({ kubeconfig, kubeconfigText, context }: ClusterChoice): Promise<KubeConfig> {
  const { KubeConfig } = await loadLibrary();
  const config = new KubeConfig();
  const source = kubeconfigText !== undefined ? "the given kubeconfig" : (kubeconfig ?? defaultSource());
  try {
    if (kubeconfigText !== undefined) config.loadFromString(kubeconfigText);
    else if (kubeconfig !== undefined) config.loadFromFile(kubeconfig);
    else config.loadFromDefault();
  } catch (cause) {
    throw new ClusterError("other", `${source} cannot be read: ${(cause as Error).message}`, { cause });
  }
  choose(config, context, source);
  return config;
}

function defaultSource(): string {
  if (process.env.KUBECONFIG) return `KUBECONFIG (${process.env.KUBECONFIG})`;
  const file = path.join(homedir(), ".kube", "config");
  if (existsSync(file)) return file;
  if (existsSync(serviceAccountToken)) return "the service account of this pod";
  // The library would fall back to localhost:8080.
  throw new ClusterError("absent", `there is no kubeconfig: KUBECONFIG is not set, and there is no ${file}`, {
    cure: "give one, or bring up the sandbox first",
  });
}

function choose(config: KubeConfig, wanted: string | undefined, source: string): void {
  const known = config.getContexts().map(({ name }) => name);
  const name = wanted ?? config.getCurrentContext();
  const list = known.length === 0 ? "it has none" : `it has ${known.join(", ")}`;
  if (!name) {
    throw new ClusterError("absent", `${source} has no current context; ${list}`, {
      cure: "choose one with --context",
    });
  }
  const context = config.getContextObject(name);
  if (context === null) {
    throw new ClusterError("absent", `${source} has no context "${name}"; ${list}${didYouMean(name, known)}`);
  }
  config.setCurrentContext(name);
  if (config.getCurrentCluster() === null) {
    throw new ClusterError(
      "absent",
      `${source}: context "${name}" names the cluster "${context.cluster}", which is not in it`,
    );
  }
}
