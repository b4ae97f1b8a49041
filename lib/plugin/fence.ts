import * as pulumi from "@pulumi/pulumi";
import { ProblemError } from "../common/problem";
import { Fence as FenceOfLibrary } from "../components/policies/fence";
import type { FenceLayers } from "../fence/fence";
import type { NetworkBlock, ServiceAccount } from "../linkerd/model/authentication";
import type { GrpcRequestMatch, HttpRequestMatch } from "../linkerd/model/route";
import type { TransportMode } from "../scenario/transport-mode";
import { componentOf } from "./component-of";
import { exactlyOne } from "./exactly-one";
import type { EgressPeer, IngressPeer } from "./peers";
import type { Port } from "./selectors";
import type { Workload } from "./workload";

/** Who may talk to whom, and what has to be known of the mesh to say it in policies. */
export interface FenceArgs {
  /** The allowed calls. Everything else that these workloads send or receive in those directions is blocked. */
  edges: FenceEdge[];

  /**
   * Who enforces the edges: Cilium on the wire, Linkerd in the servers' proxies, by port, service account and request, or both. Say `serviceAccount`
   * and `probes` of the workloads before Linkerd does.
   * @default cilium
   */
  enforce?: FenceLayers;

  /**
   * The addresses that the kubelets probe from: those of the nodes in the pods' network. Linkerd needs them if an opaque port has an HTTP probe.
   * @default none
   */
  nodeAddresses?: NetworkBlock[];

  /**
   * The control plane's `proxy.outboundTransportMode`, which decides which port is on the wire, and so which one has to be open: the output
   * `transportMode` of `Linkerd`.
   * @default transport-header, as in Linkerd's chart
   */
  transportMode?: pulumi.Input<TransportMode>;

  /**
   * Namespace of Linkerd's control plane.
   * @default linkerd
   */
  controlPlaneNamespace?: string;

  /**
   * Namespace of the viz extension. If it is not installed, its rules admit nobody.
   * @default linkerd-viz
   */
  vizNamespace?: string;

  /**
   * The DNS server of the callers.
   * @default kube-dns in kube-system
   */
  dns?: IngressPeer;
}

/** One caller, one callee, and the callee's ports. */
export interface FenceEdge {
  /** The calling workload; it gets an egress policy. Exactly one of `from`, `fromPeer` and `fromMeshedPeer`. */
  from?: Workload;
  /** A caller that is no workload of yours and not meshed, such as an ingress controller or the world. It gets no policy. */
  fromPeer?: IngressPeer;
  /** A meshed caller that is no workload of yours, such as Linkerd's multicluster gateway. It gets no policy. */
  fromMeshedPeer?: MeshedPeer;
  /** The called workload; it gets an ingress policy. Exactly one of `to` and `toPeer`. */
  to?: Workload;
  /** A callee that is no workload of yours, such as a DNS name or a CIDR. It gets no policy. */
  toPeer?: EgressPeer;
  /**
   * The callee's own ports, behind any Service. Between meshed workloads, give opaque ports by number: the number of a named port is not known here, so
   * that 4143 is not opened for it in the mode `transparent`.
   */
  ports: Port[];
  /** Allows only these HTTP requests, which Linkerd enforces. Default: everything that these ports accept. */
  requests?: HttpRequestMatch[];
  /** Allows only these gRPC calls, which Linkerd enforces. The ports then accept only gRPC. */
  calls?: GrpcRequestMatch[];
}

/** A meshed caller that is not one of your workloads, as Cilium and as Linkerd see it. */
export interface MeshedPeer {
  /** Its pods, to Cilium. */
  peer: IngressPeer;
  /** The service accounts that they run under, to Linkerd. */
  accounts: ServiceAccount[];
}

/**
 * "These workloads may call those, and nothing else", as one fence or as two from the same edges.
 *
 * Cilium's policies: for each caller one of egress, for each callee one of ingress, with what the mesh itself needs (DNS, identity,
 * destination and policy of the control plane; tap and metrics of viz) and with the port that Linkerd really puts on the wire.
 *
 * With `enforce` of `both` or `linkerd`, Linkerd's own: for each port that is called a Server, and for its callers an authentication and an
 * AuthorizationPolicy, by methods and paths where an edge has `requests`, by services and methods where it has `calls`. The kubelet's probes
 * and the Prometheus of viz stay let in.
 *
 * Ready when Cilium has accepted every policy and Linkerd's webhook every object: let the workloads depend on it, and they never run unfenced.
 */
export class Fence extends componentOf(FenceOfLibrary) {
  /** Names of Cilium's policies, each as `namespace/name`. */
  declare public readonly policyNames: pulumi.Output<string[]>;
  /** Names of Linkerd's Servers, each as `namespace/name`; none if Cilium alone enforces. */
  declare public readonly serverNames: pulumi.Output<string[]>;

  constructor(name: string, args: FenceArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, libraryArgs(args), opts);
  }
}

const callers =
  "`from` for a workload that you fence, `fromPeer` for anyone else, `fromMeshedPeer` for anyone else who is meshed";

/** Converts to the union that TypeScript has. */
function libraryArgs({ edges, ...rest }: FenceArgs): object {
  const problems = edges.flatMap(({ from, fromPeer, fromMeshedPeer, to, toPeer }, index) => [
    ...exactlyOne(["edges", index], { from, fromPeer, fromMeshedPeer }, callers),
    ...exactlyOne(["edges", index], { to, toPeer }, "`to` for a workload that you fence, `toPeer` for anyone else"),
  ]);
  if (problems.length > 0) throw new pulumi.RunError(new ProblemError("Fence", problems).message);
  return {
    ...rest,
    edges: edges.map(({ from, fromPeer, fromMeshedPeer, to, toPeer, ...edge }) => ({
      from: from ?? fromPeer ?? fromMeshedPeer,
      to: to ?? toPeer,
      ...edge,
    })),
  };
}
