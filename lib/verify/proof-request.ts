import type { Snapshot } from "../cluster";
import type { FoundOutside } from "./outside/outside";

/** What a proof is asked to do. */
export interface ProofRequest {
  /** Whose workloads are judged. */
  namespaces: readonly string[];
  /** The most probes of one run. */
  limit: number;
  /** How many commands run at a time. */
  parallel: number;
  /** Whether mutual TLS is to be proven from the proxies' metrics. */
  mtls: boolean;
  /** Whether Linkerd's policy controller is asked what it tells the proxies. */
  controller: boolean;
  /** Whether pods of our own are made, in a namespace of their own. */
  strangers: boolean;
  /** Whether a container may be added to a pod that has no curl. */
  probeContainers: boolean;
  /** Image of both. Default: podinfo's, by the name by which the cluster runs it already. */
  probeImage?: string;
  /** How long to wait for the cluster to be ready, in seconds. */
  readySeconds: number;
  /** How long to wait before an edge that should be reachable is asked again, in seconds. Default: 1. */
  pauseSeconds?: number;
  /** Finds or makes a server outside the cluster. */
  outside: (snapshot: Snapshot, signal: AbortSignal) => Promise<FoundOutside>;
  /** Told what goes on, for a terminal. */
  progress?: (line: string) => void;
  signal: AbortSignal;
}
