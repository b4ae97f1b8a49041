import type { PolicyView } from "../linkerd/policy/view";
import type { AccessRule, Missing } from "./access";
import type { DropWatch } from "./drops/drop";
import type { ContainerRef, PodRef } from "./pod-ref";
import type { Scope, Snapshot } from "./snapshot";

/** How long something may take, and what interrupts it. */
export interface Limit {
  seconds: number;
  signal?: AbortSignal | undefined;
}

export interface ExecAnswer {
  stdout: string;
  stderr: string;
  exitCode: number;
  /** More came than is kept; the beginning is here. */
  truncated: boolean;
}

/** Pods that no policy of the user's selects, to see whether a target answers at all. */
export interface ControlPodSpec {
  /** Needs `sleep` and curl. Taken from the node where it is already there. */
  image: string;
  /**
   * Namespace to make. It must not exist yet, unless an interrupted run of ours left it.
   * @default meshfence-verify-<random>
   */
  namespace?: string | undefined;
  /** How the pod is to be. Default: outside the mesh. */
  meshed?: boolean;
  /** Labels beside ours, to look like somebody else's pod. */
  labels?: { readonly [key: string]: string };
  /** Node to run on. Default: the scheduler's choice. */
  node?: string;
}

/** A pod to ask from on behalf of a Job, whose own pods may end in the middle. */
export interface StandInSpec {
  /** Needs `sleep` and curl. */
  image: string;
  /** The namespace of a control, with which it goes. */
  owner: string;
  /** Where the Job is. */
  namespace: string;
  /** Of the Job or CronJob. */
  name: string;
  /** All that the pod has. */
  labels: { readonly [key: string]: string };
  annotations: { readonly [key: string]: string };
  serviceAccount: string;
}

export interface ControlPod extends ContainerRef {
  ip: string;
  node: string;
}

/** What Linkerd's policy controller says of ports. */
export interface InboundAnswers {
  /** The pod that answered. */
  controller: PodRef;
  /** Of each port that was asked about, in their order; or why it says nothing of it. */
  answers: readonly (PolicyView | string)[];
}

/**
 * What verification needs of a running cluster. The real one talks to an API server; tests have one made of recordings.
 *
 * Whatever fails rejects with a ClusterError.
 */
export interface Cluster {
  /** Name of the context, for people. */
  readonly context: string;

  /**
   * Reads what the prediction and the conditions rest on. What the user may not read is no error: it is in `missing`. Rejects where the
   * pods or policies of the scope itself cannot be read.
   */
  read(scope: Scope, limit: Limit): Promise<Snapshot>;

  /** Those of the rules that the user is not granted. */
  denied(rules: readonly AccessRule[], limit: Limit): Promise<AccessRule[]>;

  /** Runs a command in a container. An exit status is an answer, never an error. */
  exec(target: ContainerRef, command: readonly string[], limit: Limit): Promise<ExecAnswer>;

  /**
   * The metrics of the pod's proxy (port 4191), in Prometheus' text format. Through a port-forward, which passes by the pod's own kubelet:
   * the API server's pod proxy comes from another node and is denied by an ingress policy.
   */
  proxyMetrics(pod: PodRef, limit: Limit): Promise<string>;

  /**
   * What the policy controller of a control plane tells proxies about ports of pods. Through a port-forward: its own proxy lets only proxies in.
   *
   * @param namespace of the control plane
   */
  inboundPolicies(
    namespace: string,
    ports: readonly { pod: PodRef; port: number }[],
    limit: Limit,
  ): Promise<InboundAnswers>;

  /**
   * Adds a container to a running pod, which shares its network, mesh and identity. Such a container cannot be removed again, only the
   * pod can; so one per pod is made and used ever after. It ends its program when it is not used for a while.
   */
  addProbeContainer(pod: PodRef, image: string, limit: Limit): Promise<ContainerRef>;

  /** Makes the namespace and the pod, and waits until it runs. Where it fails or is interrupted, what it made is removed. */
  createControlPod(control: ControlPodSpec, limit: Limit): Promise<ControlPod>;

  /**
   * Makes a pod that is to Cilium and Linkerd as one of a Job's, and waits until it runs. Should nobody remove it, it goes with the namespace of its owner; no
   * controller adopts it, and no Service sends it anything.
   */
  createStandIn(standIn: StandInSpec, limit: Limit): Promise<ControlPod>;

  /** Removes a pod that was made so; done when it is gone. One that is gone already is no error. */
  removeStandIn(standIn: { namespace: string; name: string }, limit: Limit): Promise<void>;

  /** Removes the namespace with all that is in it; done when the API server took the order. One that is gone already is no error. */
  removeControlNamespace(control: { namespace: string }, limit: Limit): Promise<void>;

  /** Watches what the agents of these nodes drop. Never rejects for missing rights: the nodes are then `blind`. */
  watchDrops(nodes: readonly string[], limit: Limit): Promise<DropWatch>;
}

export type { AccessRule, DropWatch, Missing };
