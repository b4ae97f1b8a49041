import type { AuthorizationRef } from "./authorization";
import type { PortOwner, RouteRef } from "./server-policy";

const KINDS = {
  authorizationpolicy: "AuthorizationPolicy",
  serverauthorization: "ServerAuthorization",
  default: "default policy",
} as const;

/** `AuthorizationPolicy cart-frontend` */
export const authorizationWords = ({ kind, name }: Pick<AuthorizationRef, "kind" | "name">) => `${KINDS[kind]} ${name}`;

/** `Server cart-http`, `default policy deny` */
export const ownerWords = (owner: PortOwner) =>
  owner.kind === "server" ? `Server ${owner.name}` : `default policy ${owner.name}`;

/** `HTTPRoute cart of policy.linkerd.io`, `the default route`, `the probe route` */
export const routeWords = ({ group, kind, name }: RouteRef) =>
  kind === "default" ? `the ${name} route` : `${kind} ${name} of ${group}`;
