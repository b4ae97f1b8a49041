import type { RawObject } from "../../linkerd/api/object";
import { DEFAULT_POLICY_ANNOTATION } from "../../linkerd/policy/workload";
import type { AuthorizationFacts, EndpointFacts } from "../../scenario/scenario";
import type { ProxyVerdict } from "../replay/authorization";
import type { EdgeJudge } from "../replay/replay";
import type { TrafficEdge } from "../traffic";
import { type WouldDeny, wouldDenyOf } from "./would-deny";

/** Linkerd's step of a rollout: in `audit`, everyone is admitted, and the proxies count clients that no authorization admits. */
export interface LinkerdHalf {
  /** How many Servers select the workload. */
  servers: number;
  /** Those of them in audit, `namespace/name`. */
  audits: string[];
  /** Its ports without a Server are in audit. */
  auditsByDefault: boolean;
  wouldDeny: WouldDeny[];
  /** Whether packets came on 4143, where Cilium cannot tell ports apart. */
  hidesPorts: boolean;
}

/**
 * Which edges the Servers of a workload let in now and would refuse once enforced. Undefined for a workload without a proxy.
 *
 * @param then Judges the state in which Servers in audit deny.
 */
export function linkerdHalf(
  endpoint: EndpointFacts,
  edges: readonly TrafficEdge[],
  now: EdgeJudge,
  then: EdgeJudge,
): LinkerdHalf | undefined {
  if (endpoint.mesh?.injected !== true) return undefined;
  const servers = now.authorization.serversOf(endpoint);
  const audits = servers.filter(({ accessPolicy }) => accessPolicy === "audit");
  const hidesPorts = edges.some((edge) => now.isHidden(edge));
  const auditsByDefault = now.authorization.isAuditedByDefault(endpoint);
  const half = {
    hidesPorts,
    auditsByDefault,
    servers: servers.length,
    audits: audits.map(({ namespace, name }) => `${namespace}/${name}`),
  };
  if (audits.length === 0 && !auditsByDefault) return { ...half, wouldDeny: [] };
  const enforced = withDefaultEnforced(endpoint);
  const judge = (edge: TrafficEdge) => proxyVerdict(edge, enforced, then);
  return {
    ...half,
    wouldDeny: wouldDenyOf(
      edges.filter((edge) => wouldRefuse(edge, judge(edge))),
      (edge) => judge(edge)?.by ?? [],
    ),
  };
}

/**
 * Whether a Server would refuse an edge. Recordings do not tell which requests match a route, but a proxy that named an authorization for all of them
 * has let them pass by it. Naming `audit` proves less: a proxy names any one of the authorizations that admit.
 */
function wouldRefuse({ from, requests = 0, auditedRequests = 0 }: TrafficEdge, verdict: ProxyVerdict | undefined) {
  if (verdict === undefined || verdict.state === "allowed") return false;
  // The proxy counts all clients without a proxy as one, and an address may admit some of them.
  if (from.kind === "without proxy") return auditedRequests > 0;
  return verdict.state === "denied" || requests === 0 || auditedRequests > 0;
}

/** The verdict of the server's proxy. Undefined where Cilium decides. Clients without a proxy are unidentified, so only the proxy is asked. */
function proxyVerdict(edge: TrafficEdge, endpoint: EndpointFacts, then: EdgeJudge): ProxyVerdict | undefined {
  if (edge.from.kind === "without proxy")
    return then.authorization.judge(edge, { id: edge.from.id, reserved: ["world"] }, endpoint);
  const { layer, state, by } = then.judge(edge);
  return layer === "linkerd" ? { state, by } : undefined;
}

/** What denies instead of auditing: all Servers, and the cluster's default policy for ports that no Server selects. */
export function withAllAuditEnforced(facts: AuthorizationFacts): AuthorizationFacts {
  const { defaultPolicy, objects } = facts;
  return {
    ...facts,
    objects: objects.map(withAuditEnforced),
    ...(defaultPolicy === "audit" && { defaultPolicy: "deny" }),
  };
}

/** Enforces the default policy of an endpoint that has its own. */
export function withDefaultEnforced(endpoint: EndpointFacts): EndpointFacts {
  const { inbound } = endpoint;
  const { annotations } = inbound ?? {};
  if (inbound === undefined || annotations?.[DEFAULT_POLICY_ANNOTATION] !== "audit") return endpoint;
  return { ...endpoint, inbound: { ...inbound, annotations: { ...annotations, [DEFAULT_POLICY_ANNOTATION]: "deny" } } };
}

/** A Server in audit, changed to admit only what an authorization names. Other objects are returned as they are. */
function withAuditEnforced(object: RawObject): RawObject {
  const { spec } = object;
  const isAudit =
    object.kind === "Server" &&
    typeof spec === "object" &&
    spec !== null &&
    "accessPolicy" in spec &&
    spec.accessPolicy === "audit";
  return isAudit ? { ...object, spec: { ...spec, accessPolicy: "deny" } } : object;
}
