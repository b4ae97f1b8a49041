/**
 * Linkerd's inbound authorization, evaluated without a cluster.
 *
 * @example
 * const policy = new InboundPolicy(objects, CHART_SETTINGS);
 * const client = { blocks: ANYWHERE, tls: "mesh", identity: accountIdentity("web", "shop", CHART_SETTINGS), via: "4143" };
 * policy.decide(workload, 8080, client, { protocol: "http1", method: "GET", path: "/" }); // [{ verdict: "allowed", … }]
 */
export type { IgnoredRoute, RouteStatus } from "./attachment";
export { type Admission, type AuthorizationRef, admits, type ClientAuthorization } from "./authorization";
export type { IgnoredAuthorization } from "./authorizations";
export { ANYWHERE, type Client, type ClientTls, placeOf } from "./client";
export { ADMIN_PORT, type Decision } from "./decide";
export { type Destination, type Egress, EgressPolicy } from "./egress";
export { type CreationOrder, decisionKey, InboundPolicy } from "./inbound";
export type { Request } from "./request";
export type { PolicyRoute, PortOwner, RouteRef, ServerPolicy } from "./server-policy";
export { CHART_CLUSTER_NETWORKS, CHART_SETTINGS, type PolicySettings } from "./settings";
export { externalWorkload, type PolicyContainer, type PolicyWorkload, podWorkload } from "./workload";
