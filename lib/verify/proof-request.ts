import type { Snapshot } from "../cluster";
import type { FoundOutside } from "./outside/outside";

/** What to prove, and how. */
export interface ProofRequest {
  /** The namespaces whose workloads are probed. */
  namespaces: readonly string[];
  /** The maximum number of probes per run. */
  limit: number;
  /** How many commands run at once. */
  parallel: number;
  /** Whether to prove mutual TLS from the proxies' metrics. */
  mtls: boolean;
  /** Whether to ask Linkerd's policy controller what it tells the proxies. */
  controller: boolean;
  /** Whether to create pods of our own, in a namespace of their own. */
  strangers: boolean;
  /** Whether to add a container to a pod that has no curl. */
  probeContainers: boolean;
  /** The image of these pods and containers. Default: podinfo's, as the cluster already runs it, otherwise the pinned one. */
  probeImage?: string;
  /** How long to wait for the cluster to be ready, in seconds. */
  readySeconds: number;
  /** How long to wait before an edge that should be reachable is probed again, in seconds. Default: 1. */
  pauseSeconds?: number;
  /** Finds or creates a server outside the cluster. */
  outside: (snapshot: Snapshot, signal: AbortSignal) => Promise<FoundOutside>;
  /** Called with a line for the terminal at each step. */
  progress?: (line: string) => void;
  signal: AbortSignal;
}
