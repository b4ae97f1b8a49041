import type { PolicyView } from "../linkerd/policy/view";
import type { AccessRule, Missing } from "./access";
import type { DropWatch } from "./drops/drop";
import type { ContainerRef, PodRef } from "./pod-ref";
import type { Scope, Snapshot } from "./snapshot";

/** A time limit, and a signal that interrupts. */
export interface Limit {
  seconds: number;
  signal?: AbortSignal | undefined;
}

export interface ExecAnswer {
  stdout: string;
  stderr: string;
  exitCode: number;
  /** The output was longer than the limit; this is its beginning. */
  truncated: boolean;
}

/** A pod that no policy of the user selects, to see whether a target answers at all. */
export interface ControlPodSpec {
  /** Needs `sleep` and curl. Only pulled if the node does not have it. */
  image: string;
  /**
   * The namespace to create. It must not exist yet, unless an interrupted run left it.
   * @default meshfence-verify-<random>
   */
  namespace?: string | undefined;
  /** Whether the pod gets a proxy. Default: no. */
  meshed?: boolean;
  /** More labels, to look like another pod. */
  labels?: { readonly [key: string]: string };
  /** The node to run on. Default: the scheduler's choice. */
  node?: string;
}

/** A pod to probe from on behalf of a Job, whose own pods may end at any time. */
export interface StandInSpec {
  /** Needs `sleep` and curl. */
  image: string;
  /** The namespace of the control pod, with which it is removed. */
  owner: string;
  /** The Job's namespace. */
  namespace: string;
  /** The name of the Job or CronJob. */
  name: string;
  /** All labels of the pod. */
  labels: { readonly [key: string]: string };
  annotations: { readonly [key: string]: string };
  serviceAccount: string;
}

export interface ControlPod extends ContainerRef {
  ip: string;
  node: string;
}

/** The answers of Linkerd's policy controller about ports. */
export interface InboundAnswers {
  /** The pod that answered. */
  controller: PodRef;
  /** The answer for each port, in the order asked; or why there is none. */
  answers: readonly (PolicyView | string)[];
}

/**
 * What verification needs from a running cluster. The real implementation talks to an API server; tests have one with recordings.
 *
 * Every failure rejects with a ClusterError.
 */
export interface Cluster {
  /** The name of the context, for people. */
  readonly context: string;

  /**
   * Reads what the prediction and the conditions need. What the user may not read is not an error but listed in `missing`. Rejects if the
   * pods or policies of the scope itself cannot be read.
   */
  read(scope: Scope, limit: Limit): Promise<Snapshot>;

  /** The rules that the user is not granted. */
  denied(rules: readonly AccessRule[], limit: Limit): Promise<AccessRule[]>;

  /** Runs a command in a container. An exit status is an answer, never an error. */
  exec(target: ContainerRef, command: readonly string[], limit: Limit): Promise<ExecAnswer>;

  /**
   * The metrics of the pod's proxy (port 4191), in Prometheus' text format. Through a port-forward, which goes through the pod's own kubelet:
   * the API server's pod proxy comes from another node and is denied by an ingress policy.
   */
  proxyMetrics(pod: PodRef, limit: Limit): Promise<string>;

  /**
   * What the policy controller of a control plane tells proxies about ports of pods. Uses a port-forward, since its own proxy only admits proxies.
   *
   * @param namespace The namespace of the control plane.
   */
  inboundPolicies(
    namespace: string,
    ports: readonly { pod: PodRef; port: number }[],
    limit: Limit,
  ): Promise<InboundAnswers>;

  /**
   * Adds a container to a running pod; it shares the pod's network, mesh and identity. Such a container cannot be removed without its
   * pod, so each pod gets only one, which is reused. Its program ends when it is idle for a while.
   */
  addProbeContainer(pod: PodRef, image: string, limit: Limit): Promise<ContainerRef>;

  /** Creates the namespace and the pod, and waits until it runs. If that fails or is interrupted, what it created is removed. */
  createControlPod(control: ControlPodSpec, limit: Limit): Promise<ControlPod>;

  /**
   * Creates a pod that Cilium and Linkerd treat like a Job's, and waits until it runs. No controller adopts it, and no Service routes to it. If it is
   * never removed, it goes with the namespace that owns it.
   */
  createStandIn(standIn: StandInSpec, limit: Limit): Promise<ControlPod>;

  /** Removes such a pod, and resolves when it is gone. A pod that is already gone is not an error. */
  removeStandIn(standIn: { namespace: string; name: string }, limit: Limit): Promise<void>;

  /** Removes the namespace with everything in it; resolves when the API server has accepted that. A namespace that is already gone is not an error. */
  removeControlNamespace(control: { namespace: string }, limit: Limit): Promise<void>;

  /** Watches what the agents of these nodes drop. Never rejects because of missing permissions: those nodes are then `blind`. */
  watchDrops(nodes: readonly string[], limit: Limit): Promise<DropWatch>;
}

export type { AccessRule, DropWatch, Missing };
