import type { PolicyManifest } from "../cilium/api/policy";
import type { EgressPeer, IngressPeer } from "../cilium/model/peer";
import { networkPolicy } from "../cilium/model/policy";
import type { Port } from "../cilium/model/port";
import type { NetworkPolicySpec } from "../cilium/model/spec";
import { TransportMode } from "../scenario/transport-mode";
import { allow, type Edge, type Workload } from "./intent";
import type { MeshSettings } from "./mesh-flows";

/** Who may talk to whom, and what has to be known of the mesh to say it in policies. */
export interface FenceArgs {
  /** Who may call whom. Everything else that these workloads send or are sent in those directions is cut. */
  edges: FenceEdge[];

  /**
   * The control plane's `proxy.outboundTransportMode`: it decides which port is on the wire, and so which has to be open.
   * Give it the value that Linkerd was installed with.
   * @default transparent
   */
  transportMode?: TransportMode;

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

/** One caller, one callee, and the callee's ports. All of it is plain, as in `NetworkPolicyArgs`. */
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

/** The manifests that a `Fence` with these arguments creates, without creating anything. */
export function fenceManifests(args: FenceArgs): PolicyManifest[] {
  return fenceSpecs(args).map(networkPolicy);
}

/**
 * What the policies of a `Fence` say.
 *
 * @throws with every edge that lacks an end or has one too many, every workload that is described in two ways, and policies whose resources
 * would have one name.
 */
export function fenceSpecs({
  edges,
  transportMode = TransportMode.Transparent,
  ...mesh
}: FenceArgs): NetworkPolicySpec[] {
  const problems = edges.flatMap(({ from, fromPeer, to, toPeer }, index) => [
    ...exactlyOne(`edges[${index}]`, { from, fromPeer }),
    ...exactlyOne(`edges[${index}]`, { to, toPeer }),
  ]);
  if (edges.length === 0)
    problems.push(
      "edges: is empty and would fence nothing. Leave the Fence out, or say denyAllIngress in a NetworkPolicy.",
    );
  if (problems.length > 0) throw new Error(problems.join("\n"));
  const settings: MeshSettings = { transportMode, ...mesh };
  const specs = allow(edges.flatMap(edgeOf), settings);
  const alike = specs.filter((spec) => specs.some((other) => other !== spec && policyId(other) === policyId(spec)));
  if (alike.length > 0) {
    const names = alike.map(({ namespace, name }) => `${namespace}/${name}`).join(" and ");
    throw new Error(`edges: the resources of ${names} would have the same name. Fence them in two Fences.`);
  }
  return specs;
}

/** How a policy is called within the Fence: workloads of two namespaces may have one name. */
export const policyId = ({ namespace, name }: NetworkPolicySpec): string => `${namespace}-${name}`;

function edgeOf({ from, fromPeer, to, toPeer, ports }: FenceEdge): Edge[] {
  const caller = from ?? fromPeer;
  const callee = to ?? toPeer;
  return caller && callee ? [{ from: caller, to: callee, ports }] : [];
}

function exactlyOne(where: string, ends: { [field: string]: unknown }): string[] {
  const given = Object.values(ends).filter((end) => end !== undefined).length;
  if (given === 1) return [];
  const [workload = "", peer = ""] = Object.keys(ends);
  return [
    `${where}: ${given === 0 ? "missing" : "both"} ${workload} and ${peer}. Give \`${workload}\` for a workload that you fence, \`${peer}\` for anyone else.`,
  ];
}
