import type { PolicyManifest } from "../cilium/api/policy";
import type { IngressPeer } from "../cilium/model/peer";
import { networkPolicy } from "../cilium/model/policy";
import type { NetworkPolicySpec } from "../cilium/model/spec";
import { type Problem, ProblemError, problem } from "../common/problem";
import type { NetworkBlock } from "../linkerd/model/authentication";
import type { LinkerdManifest } from "../linkerd/model/manifest";
import { wordProblems } from "../linkerd/model/server";
import { DEFAULT_TRANSPORT_MODE } from "../linkerd/wire/wire";
import type { TransportMode } from "../scenario/transport-mode";
import { authorizations } from "./authorization";
import { sharedAccounts } from "./authorization-problems";
import { allow, type Edge, edgeProblems, isMeshedPeer, isWorkload } from "./intent";
import { isMeshed } from "./workload";

/** The edges of a fence, and the facts about the mesh that its policies depend on. All values are plain. */
export interface FenceSpec {
  /** The allowed calls. Everything else that these workloads send or receive in those directions is blocked. */
  edges: Edge[];

  /**
   * Which layer enforces the edges. `cilium`: policies at both ends, by port and label, on the wire. `linkerd`: the servers' proxies, by port, service
   * account and request; it does not restrict unmeshed workloads, or what callers send elsewhere. `both`: each layer enforces what it can, and traffic
   * has to pass both. In the mode `transport-header`, `cilium` alone cannot distinguish the ports of a server.
   *
   * The default is not `both`, because Linkerd identifies clients by service account, and edges do not tell which probes the kubelet sends. Set
   * `serviceAccount` and `probes` on the workloads first. An upgrade never makes an existing fence stricter.
   * @default cilium
   */
  enforce?: FenceLayers;

  /**
   * The addresses that the kubelets probe from: those of the nodes in the pods' network. Linkerd needs them if an opaque port has an HTTP probe.
   * @default none
   */
  nodeAddresses?: NetworkBlock[];

  /**
   * The control plane's `proxy.outboundTransportMode`, which decides which port is on the wire and thus has to be open.
   * @default transport-header, as in Linkerd's chart
   */
  transportMode?: TransportMode;

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

/**
 * The manifests that a `Fence` with these arguments creates, without creating anything.
 *
 * @throws {ProblemError} with every problem of the edges and of the resulting policies.
 * @example
 * fenceManifests({ edges: [{ from: client, to: server, ports: [Port.tcp(9898)] }] }).map(({ metadata }) => metadata.name);
 */
export function fenceManifests(spec: FenceSpec): PolicyManifest[] {
  return fenceSpecs(spec).map(networkPolicy);
}

/**
 * The part of a fence that Linkerd enforces: the objects that admit its edges and nobody else; none if Cilium alone enforces.
 *
 * @throws {ProblemError} with every problem of the edges, and every edge that Linkerd cannot enforce.
 * @example
 * fenceAuthorizations({ edges: [{ from: client, to: server, ports: [Port.tcp(9898)] }], enforce: "both" });
 */
export function fenceAuthorizations({
  edges,
  enforce = "cilium",
  vizNamespace,
  nodeAddresses,
}: FenceSpec): LinkerdManifest[] {
  const problems = enforceProblems(enforce);
  if (edges.length === 0) problems.push(noEdges);
  else problems.push(...edgeProblems(edges));
  if (enforce === "cilium" && problems.length === 0) problems.push(...requestsWithoutLinkerd(edges));
  if (enforce === "linkerd" && problems.length === 0) problems.push(...edgesWithoutCilium(edges));
  if (problems.length > 0) throw new ProblemError("Fence", problems);
  if (enforce === "cilium") return [];
  return authorizations(edges, {
    ...(vizNamespace !== undefined && { vizNamespace }),
    ...(nodeAddresses !== undefined && { nodeAddresses }),
  });
}

/**
 * Probably unintended effects of a fence: service accounts that several workloads share.
 *
 * @example
 * for (const problem of fenceWarnings({ edges: [{ from: client, to: server, ports: [Port.tcp(9898)] }] }))
 *   console.warn(formatProblem(problem));
 */
export function fenceWarnings({ edges, enforce = "cilium" }: FenceSpec): Problem[] {
  return enforce === "cilium" ? [] : sharedAccounts(edges);
}

/**
 * The specifications of the policies of a `Fence`.
 *
 * @throws {ProblemError} with every edge that lacks an end, every workload that is described in two ways, and policies whose resources
 * would have one name.
 */
export function fenceSpecs({
  edges,
  transportMode = DEFAULT_TRANSPORT_MODE,
  enforce = "cilium",
  nodeAddresses: _,
  ...mesh
}: FenceSpec): NetworkPolicySpec[] {
  const problems = enforceProblems(enforce);
  if (edges.length === 0) problems.push(noEdges);
  else problems.push(...edgeProblems(edges));
  // Cilium alone would open the ports to all requests, not only to those of the edge.
  if (enforce === "cilium" && problems.length === 0) problems.push(...requestsWithoutLinkerd(edges));
  if (problems.length > 0) throw new ProblemError("Fence", problems);
  if (enforce === "linkerd") return [];
  const specs = allow(edges, { transportMode, ...mesh });
  const duplicates = specs.filter((spec) =>
    specs.some((other) => other !== spec && policyId(other) === policyId(spec)),
  );
  if (duplicates.length > 0) {
    const names = duplicates.map(({ namespace, name }) => `${namespace}/${name}`).join(" and ");
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

/**
 * The layers that enforce a fence.
 * @enum
 */
export const FenceLayers = {
  /** Cilium's policies, on the wire. */
  Cilium: "cilium",
  /** Linkerd's authorization, in the servers' proxies. */
  Linkerd: "linkerd",
  /** Both: traffic has to pass both. */
  Both: "both",
} as const;
export type FenceLayers = (typeof FenceLayers)[keyof typeof FenceLayers];

function enforceProblems(enforce: string): Problem[] {
  return wordProblems(["enforce"], enforce, Object.values(FenceLayers));
}

/** The problems of edges with requests if Cilium alone enforces: it does not see requests inside mTLS. */
function requestsWithoutLinkerd(edges: readonly Edge[]): Problem[] {
  return edges.flatMap(({ requests, calls }, index): Problem[] => {
    if (requests === undefined && calls === undefined) return [];
    const path = ["edges", index, requests === undefined ? "calls" : "requests"];
    return [
      problem(
        "not-enforced",
        path,
        "Cilium does not see requests inside mTLS",
        'let Linkerd enforce them, too: enforce: "both"; or leave them out',
      ),
    ];
  });
}

/** The problems of edges that Linkerd alone cannot enforce. */
function edgesWithoutCilium(edges: readonly Edge[]): Problem[] {
  const fix = 'let Cilium enforce it, too: enforce: "both"';
  return edges.flatMap(({ from, to }, index): Problem[] => {
    const at = ["edges", index];
    if (!isWorkload(to))
      return [
        problem(
          "not-enforced",
          [...at, "to"],
          "the callee is not a workload, and has no proxy to enforce anything",
          fix,
        ),
      ];
    if (!isMeshed(to))
      return [
        problem(
          "not-enforced",
          [...at, "to"],
          `${to.namespace}/${to.name} is not meshed, and has no proxy to enforce anything`,
          fix,
        ),
      ];
    if (isMeshedPeer(from)) return [];
    if (
      isWorkload(from) ? isMeshed(from) : from.kind === "everything" || from.kind === "cidr" || from.kind === "nothing"
    )
      return [];
    const who = isWorkload(from) ? `${from.namespace}/${from.name}` : "the peer";
    return [
      problem(
        "not-enforced",
        [...at, "from"],
        `${who} is not meshed, and without an identity Linkerd could only admit everyone`,
        fix,
      ),
    ];
  });
}

const noEdges: Problem = {
  code: "empty",
  path: ["edges"],
  message: "is empty and would fence nothing",
  fix: "leave the Fence out, or use denyAllIngress in a NetworkPolicy",
};

/** The name of a policy's resource within the Fence. Workloads in two namespaces may have the same name. */
export const policyId = ({ namespace, name }: { namespace?: string; name: string }): string => `${namespace}-${name}`;
