import type { PolicyManifest } from "../cilium/api/policy";
import type { IngressPeer } from "../cilium/model/peer";
import { networkPolicy } from "../cilium/model/policy";
import type { NetworkPolicySpec } from "../cilium/model/spec";
import { type Problem, ProblemError } from "../common/problem";
import { DEFAULT_TRANSPORT_MODE } from "../linkerd/wire/wire";
import type { TransportMode } from "../scenario/transport-mode";
import { allow, type Edge, edgeProblems } from "./intent";

/** Who may talk to whom, and what has to be known of the mesh to say it in policies. All of it is plain. */
export interface FenceSpec {
  /** Who may call whom. Everything else that these workloads send or are sent in those directions is cut. */
  edges: Edge[];

  /**
   * The control plane's `proxy.outboundTransportMode`: it decides which port is on the wire, and so which has to be open.
   * @default transport-header, as Linkerd's chart
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

/**
 * The manifests that a `Fence` with these arguments creates, without creating anything.
 *
 * @throws {ProblemError} with every problem of the edges, and of the policies that would be made of them.
 * @example
 * fenceManifests({ edges: [{ from: client, to: server, ports: [Port.tcp(9898)] }] }).map(({ metadata }) => metadata.name);
 */
export function fenceManifests(spec: FenceSpec): PolicyManifest[] {
  return fenceSpecs(spec).map(networkPolicy);
}

/**
 * What the policies of a `Fence` say.
 *
 * @throws {ProblemError} with every edge that lacks an end, every workload that is described in two ways, and policies whose resources
 * would have one name.
 */
export function fenceSpecs({ edges, transportMode = DEFAULT_TRANSPORT_MODE, ...mesh }: FenceSpec): NetworkPolicySpec[] {
  if (edges.length === 0) throw new ProblemError("Fence", [nothing]);
  const problems = edgeProblems(edges);
  if (problems.length > 0) throw new ProblemError("Fence", problems);
  const specs = allow(edges, { transportMode, ...mesh });
  const alike = specs.filter((spec) => specs.some((other) => other !== spec && policyId(other) === policyId(spec)));
  if (alike.length > 0) {
    const names = alike.map(({ namespace, name }) => `${namespace}/${name}`).join(" and ");
    throw new ProblemError("Fence", [
      {
        code: "name-taken",
        path: ["edges"],
        message: `the resources of ${names} would have the same name`,
        fix: "fence them in two Fences",
      },
    ]);
  }
  return specs;
}

const nothing: Problem = {
  code: "empty",
  path: ["edges"],
  message: "is empty and would fence nothing",
  fix: "leave the Fence out, or say denyAllIngress in a NetworkPolicy",
};

/** How a policy is called within the Fence: workloads of two namespaces may have one name. */
export const policyId = ({ namespace, name }: { namespace?: string; name: string }): string => `${namespace}-${name}`;
