import type { RawObject } from "../../linkerd/api/object";
import { INBOUND_PORT } from "../../linkerd/wire/wire";
import type { EndpointFacts } from "../../scenario/scenario";
import type { ProxyVerdict } from "../replay/authorization";
import type { Replaying } from "../replay/replay";
import type { TrafficEdge } from "../traffic";
import { told, type WouldDeny } from "./would-deny";

/** Linkerd's half of a workload's way: Servers in `audit` let everybody in, and proxies count whom nothing else admits. */
export interface LinkerdHalf {
  /** How many Servers select the workload. */
  servers: number;
  /** Those in audit, `namespace/name`. */
  audits: string[];
  wouldDeny: WouldDeny[];
  /** Packets came on 4143, in which Cilium cannot tell ports apart. */
  hidesPorts: boolean;
}

/**
 * What the Servers of a workload would refuse that they let in. Nothing for a workload without a proxy.
 *
 * @param then The state in which what audits denies.
 */
export function linkerdHalf(
  endpoint: EndpointFacts,
  edges: readonly TrafficEdge[],
  now: Replaying,
  then: Replaying,
): LinkerdHalf | undefined {
  if (endpoint.mesh?.injected !== true) return undefined;
  const servers = now.authorization.serversOf(endpoint);
  const audits = servers.filter(({ accessPolicy }) => accessPolicy === "audit");
  const hidesPorts = edges.some(({ wire }) => wire === INBOUND_PORT);
  const half = {
    hidesPorts,
    servers: servers.length,
    audits: audits.map(({ namespace, name }) => `${namespace}/${name}`),
  };
  if (audits.length === 0) return { ...half, wouldDeny: [] };
  const judge = (edge: TrafficEdge) => judged(edge, endpoint, then);
  return {
    ...half,
    wouldDeny: told(
      edges.filter((edge) => wouldRefuse(edge, judge(edge))),
      (edge) => judge(edge)?.by ?? [],
    ),
  };
}

/**
 * Whether a Server would refuse an edge. Which of its requests pass a route, recordings do not tell; but a proxy that named an authorization for all
 * of them has seen them pass. That it named `audit` proves less, since it names any one of those that admit.
 */
function wouldRefuse({ from, requests = 0, auditedRequests = 0 }: TrafficEdge, verdict: ProxyVerdict | undefined) {
  if (verdict === undefined || verdict.state === "allowed") return false;
  // Clients without a proxy are one to it: whom an address admits may be among them.
  if (from.kind === "without proxy") return auditedRequests > 0;
  return verdict.state === "denied" || requests === 0 || auditedRequests > 0;
}

/** What the server's proxy says; nothing where Cilium decides. Of clients without a proxy nobody knows who they are, and only the proxy is asked. */
function judged(edge: TrafficEdge, endpoint: EndpointFacts, then: Replaying): ProxyVerdict | undefined {
  if (edge.from.kind === "without proxy")
    return then.authorization.judge(edge, { id: edge.from.id, reserved: ["world"] }, endpoint);
  const { layer, state, by } = then.judge(edge);
  return layer === "linkerd" ? { state, by } : undefined;
}

/** A Server in audit as it is when it admits only whom an authorization names. */
export function denying(object: RawObject): RawObject {
  const { spec } = object;
  const isAudit =
    object.kind === "Server" &&
    typeof spec === "object" &&
    spec !== null &&
    "accessPolicy" in spec &&
    spec.accessPolicy === "audit";
  return isAudit ? { ...object, spec: { ...spec, accessPolicy: "deny" } } : object;
}
