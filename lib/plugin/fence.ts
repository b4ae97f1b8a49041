import * as pulumi from "@pulumi/pulumi";
import type { Port } from "../cilium/model/port";
import { type Problem, ProblemError } from "../common/problem";
import { Fence as FenceOfLibrary } from "../components/policies/fence";
import type { Workload } from "../fence/intent";
import type { TransportMode } from "../scenario/transport-mode";
import { componentOf } from "./component-of";
import type { EgressPeer, IngressPeer } from "./peers";

/** Who may talk to whom, and what has to be known of the mesh to say it in policies. */
export interface FenceArgs {
  /** Who may call whom. Everything else that these workloads send or are sent in those directions is cut. */
  edges: FenceEdge[];

  /**
   * The control plane's `proxy.outboundTransportMode`, which decides which port is on the wire, and so which has to be open: the output
   * `transportMode` of `Linkerd`.
   * @default transport-header, as Linkerd's chart
   */
  transportMode?: pulumi.Input<TransportMode>;

  /**
   * Namespace of Linkerd's control plane.
   * @default linkerd
   */
  controlPlaneNamespace?: string;

  /**
   * Namespace of the viz extension. Where it is not installed, its rules admit nobody.
   * @default linkerd-viz
   */
  vizNamespace?: string;

  /**
   * Who resolves names for the callers.
   * @default kube-dns in kube-system
   */
  dns?: IngressPeer;
}

/** One caller, one callee, and the callee's ports. */
export interface FenceEdge {
  /** The calling workload; it gets an egress policy. Exactly one of `from` and `fromPeer`. */
  from?: Workload;
  /** A caller that is no workload of yours, such as an ingress controller or the world. It gets no policy. */
  fromPeer?: IngressPeer;
  /** The called workload; it gets an ingress policy. Exactly one of `to` and `toPeer`. */
  to?: Workload;
  /** A callee that is no workload of yours, such as a DNS name or a CIDR. It gets no policy. */
  toPeer?: EgressPeer;
  /**
   * The callee's own ports, behind any Service. Between meshed workloads by number where Linkerd may take them for opaque: which number a
   * named port has is not known here, so 4143 is not opened for one in the mode `transparent`.
   */
  ports: Port[];
}

/**
 * The policies behind "these workloads may call those, and nothing else": for each caller one of egress, for each callee one of
 * ingress, with what the mesh itself needs (DNS, identity, destination and policy of the control plane; tap and metrics of viz)
 * and with the port that Linkerd really puts on the wire.
 *
 * Ready when Cilium has accepted every policy: let the workloads depend on it, and they never run unfenced.
 */
export class Fence extends componentOf(FenceOfLibrary) {
  /** Names of the policies, each as `namespace/name`. */
  declare public readonly policyNames: pulumi.Output<string[]>;

  constructor(name: string, args: FenceArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, libraryArgs(args), opts);
  }
}

/** `from` and `fromPeer` are one member in TypeScript, which has unions. */
function libraryArgs({ edges, ...rest }: FenceArgs): object {
  const problems = edges.flatMap(({ from, fromPeer, to, toPeer }, index) => [
    ...exactlyOne(["edges", index], { from, fromPeer }),
    ...exactlyOne(["edges", index], { to, toPeer }),
  ]);
  if (problems.length > 0) throw new pulumi.RunError(new ProblemError("Fence", problems).message);
  return {
    ...rest,
    edges: edges.map(({ from, fromPeer, to, toPeer, ports }) => ({ from: from ?? fromPeer, to: to ?? toPeer, ports })),
  };
}

function exactlyOne(path: Problem["path"], ends: { [field: string]: unknown }): Problem[] {
  const given = Object.values(ends).filter((end) => end !== undefined && end !== null).length;
  if (given === 1) return [];
  const [workload, peer] = Object.keys(ends);
  const message = `${given === 0 ? "missing" : "both"} ${workload} and ${peer}`;
  const fix = `give \`${workload}\` for a workload that you fence, \`${peer}\` for anyone else`;
  return [{ code: given === 0 ? "missing" : "conflict", ...(path && { path }), message, fix }];
}
