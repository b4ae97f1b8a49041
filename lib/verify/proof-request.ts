import type { Snapshot } from "../cluster";
import type { FoundOutside } from "./outside/outside";

/** What to prove, and how. */
export interface ProofRequest {
  /** The namespaces whose workloads are probed. */
  namespaces: readonly string[];
  /** The most probes of one run. */
  limit: number;
  /** How many commands run at a time. */
  parallel: number;
  /** Whether to prove mutual TLS from the proxies' metrics. */
  mtls: boolean;
  /** Whether Linkerd's policy controller is asked what it tells the proxies. */
  controller: boolean;
  /** Whether to create pods of our own, in a namespace of their own. */
  strangers: boolean;
  /** Whether a container may be added to a pod that has no curl. */
  probeContainers: boolean;
  /** Image for these pods and containers. Default: podinfo's, from wherever the cluster already runs it. */
  probeImage?: string;
  /** How long to wait for the cluster to be ready, in seconds. */
  readySeconds: number;
  /** How long to wait before an edge that should be reachable is probed again, in seconds. Default: 1. */
  pauseSeconds?: number;
  /** Finds or makes a server outside the cluster. */
  outside: (snapshot: Snapshot, signal: AbortSignal) => Promise<FoundOutside>;
  /** Called with a line for the terminal at each step. */
  progress?: (line: string) => void;
  signal: AbortSignal;
}
