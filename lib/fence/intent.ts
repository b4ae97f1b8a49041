import { isDeepStrictEqual } from "node:util";
import { type EgressPeer, type IngressPeer, Peer } from "../cilium/model/peer";
import type { Port } from "../cilium/model/port";
import type { EgressTraffic, IngressTraffic, NetworkPolicySpec } from "../cilium/model/spec";
import { getOrMake } from "../common/maps";
import { formatPath, type Path, type Problem, ProblemError } from "../common/problem";
import type { ServiceAccount } from "../linkerd/model/authentication";
import type { GrpcRequestMatch, HttpRequestMatch } from "../linkerd/model/route";
import { type MeshSettings, mergedByPeer, meshedEgress, meshedIngress, portsToOpen } from "./mesh-flows";
import { isMeshed, type Workload } from "./workload";

/** A meshed caller that is not one of your workloads, as Cilium and as Linkerd see it. */
export interface MeshedPeer {
  /** Its pods, to Cilium. */
  peer: IngressPeer;
  /** The service accounts that they run under, to Linkerd. */
  accounts: ServiceAccount[];
}

/** Linkerd's multicluster gateway. Traffic from other clusters through it has its identity and its address. */
export const multiclusterGateway: MeshedPeer = {
  peer: Peer.namespace("linkerd-multicluster", { app: "linkerd-gateway" }),
  accounts: [{ name: "linkerd-gateway", namespace: "linkerd-multicluster" }],
};

/**
 * A client that may call a server on some of its ports. An end that is not one of your workloads is a {@link Peer}, and counts as unmeshed: it gets no
 * policy, and 4143 is not opened for it. All values are plain, so that a preview knows all edges.
 */
export interface Edge {
  /** The client. */
  from: Workload | MeshedPeer | IngressPeer;
  /** The server. */
  to: Workload | EgressPeer;
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

/**
 * The policies that allow exactly these edges: one for egress of each calling workload, one for ingress of each called workload. They also allow what
 * the mesh itself needs, so that fenced pods keep certificates, DNS and metrics, and open the port that Linkerd really uses on the wire. Everything
 * else in those directions is blocked.
 *
 * The ingress of a workload that only calls stays as it is, and so does the egress of one that is only called.
 *
 * @throws {ProblemError} with every edge that lacks an end, and every workload that is described in two ways.
 * @example
 * allow([{ from: client, to: podinfo, ports: [Port.tcp(9898)] }], { transportMode: "transparent" }).map(networkPolicy)
 */
export function allow(edges: readonly Edge[], mesh: MeshSettings): NetworkPolicySpec[] {
  const problems = edgeProblems(edges);
  if (problems.length > 0) throw new ProblemError("edges", problems);
  return [
    ...grouped(edges, ({ from }) => from).map(([from, calls]) => egressPolicy(from, calls, mesh)),
    ...grouped(edges, ({ to }) => to).map(([to, calls]) => ingressPolicy(to, calls, mesh)),
  ];
}

function egressPolicy(from: Workload, calls: readonly Edge[], mesh: MeshSettings): NetworkPolicySpec {
  const egress: EgressTraffic[] = calls.map((edge) => ({
    to: [isWorkload(edge.to) ? peerOf(edge.to, from) : edge.to],
    ports: openPorts(edge, mesh),
  }));
  // If DNS names are allowed, the rendered policy has its own DNS rule, through Cilium's proxy.
  const namesDns = calls.some(({ to }) => !isWorkload(to) && to.kind === "fqdn");
  const needed = meshedEgress(mesh).filter(({ id }) => (id === "dns" ? !namesDns : isMeshed(from)));
  egress.push(...mergedByPeer(needed).map(({ peer, ports }) => ({ to: [peer], ports })));
  return { ...about(from, "egress"), egress, ...(mesh.dns && { dns: mesh.dns }) };
}

function ingressPolicy(to: Workload, calls: readonly Edge[], mesh: MeshSettings): NetworkPolicySpec {
  const ingress: IngressTraffic[] = calls.map((edge) => ({
    from: [isWorkload(edge.from) ? peerOf(edge.from, to) : isMeshedPeer(edge.from) ? edge.from.peer : edge.from],
    ports: openPorts(edge, mesh),
  }));
  const needed = isMeshed(to) ? meshedIngress(mesh) : [];
  ingress.push(...mergedByPeer(needed).map(({ peer, ports }) => ({ from: [peer], ports })));
  return { ...about(to, "ingress"), ingress };
}

function openPorts({ from, to, ports }: Edge, { transportMode }: MeshSettings): Port[] {
  const meshed = isMeshedPeer(from) || (isWorkload(from) && isMeshed(from));
  if (!meshed || !isWorkload(to)) return [...ports];
  return portsToOpen(ports, { meshed }, { ...to, meshed: isMeshed(to) }, transportMode);
}

function about({ name, namespace, endpoints, enforce }: Workload, direction: "ingress" | "egress") {
  // Without default deny, a policy blocks nothing.
  const observed = enforce?.[direction] === false && { enableDefaultDeny: { [direction]: false } };
  return { name: `${name}-${direction}`, namespace, endpointSelector: endpoints, ...observed };
}

function peerOf(workload: Workload, seenFrom: Workload): IngressPeer {
  const own = workload.namespace === seenFrom.namespace;
  return Peer.select(workload.endpoints, own ? undefined : { name: workload.namespace });
}

type End = Workload | MeshedPeer | EgressPeer;
/** Whether an end of an edge is a fenced workload. */
export const isWorkload = (end: End): end is Workload => !("kind" in end) && !("accounts" in end);
/** Whether an end of an edge is a meshed caller that is not fenced. */
export const isMeshedPeer = (end: End): end is MeshedPeer => "accounts" in end;
/** The problems of edges: missing ends, and workloads that are described in two ways. */
export function edgeProblems(edges: readonly Edge[]): Problem[] {
  const missing = edges.flatMap((edge, index) =>
    (["from", "to"] as const).flatMap((end): Problem[] => {
      if (typeof edge?.[end] === "object" && edge[end] !== null) return [];
      const what = end === "from" ? "who calls" : "who is called";
      return [
        {
          code: "missing",
          path: ["edges", index, end],
          message: `it does not say ${what}`,
          fix: "give a workload that you fence, or a Peer for anyone else",
        },
      ];
    }),
  );
  return missing.length > 0 ? missing : describedTwice(edges);
}

/** Two descriptions with one name would make one policy, which applies to the pods of the first and not to those of the second. */
function describedTwice(edges: readonly Edge[]): Problem[] {
  const known = new Map<string, { path: Path; described: unknown }>();
  return edges.flatMap(({ from, to }, index) =>
    Object.entries({ from, to }).flatMap(([end, workload]): Problem[] => {
      if (!isWorkload(workload)) return [];
      const path = ["edges", index, end];
      const described = plain(workload);
      const name = `${workload.namespace}/${workload.name}`;
      const first = getOrMake(known, name, () => ({ path, described }));
      if (isDeepStrictEqual(first.described, described)) return [];
      return [
        {
          code: "conflict",
          path,
          related: [first.path],
          message: `${name} differs from the workload in ${formatPath(first.path)}`,
          fix: "describe it in one way, or give one of the two another name",
        },
      ];
    }),
  );
}

/** Drops undefined members, which mean the same as absent ones. */
const plain = (value: object): unknown => JSON.parse(JSON.stringify(value));

/** The edges by the workload at one end, in the order in which the workloads first appear. */
function grouped(edges: readonly Edge[], end: (edge: Edge) => End): [Workload, Edge[]][] {
  const groups = new Map<string, [Workload, Edge[]]>();
  for (const edge of edges) {
    const workload = end(edge);
    if (!isWorkload(workload)) continue;
    const key = JSON.stringify([workload.namespace, workload.name]);
    const group = groups.get(key);
    if (group) group[1].push(edge);
    else groups.set(key, [workload, [edge]]);
  }
  return [...groups.values()];
}
