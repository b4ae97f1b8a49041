import type { AuthorizationRef } from "./authorization";
import type { PortOwner, RouteRef } from "./server-policy";

const KINDS = { authorizationpolicy: "AuthorizationPolicy", serverauthorization: "ServerAuthorization" } as const;

/** `AuthorizationPolicy cart-frontend`; of what a Server gives by itself `accessPolicy all-authenticated`, of a port without one `default policy …`. */
export function authorizationWords(
  { kind, name }: Pick<AuthorizationRef, "kind" | "name">,
  owner: Pick<PortOwner, "kind">,
): string {
  if (kind !== "default") return `${KINDS[kind]} ${name}`;
  if (name === "probe" || name === "localhost") return `the ${name} authorization`;
  return `${owner.kind === "server" ? "accessPolicy" : "default policy"} ${name}`;
}

/** `Server cart-http`, `default policy deny` */
export const ownerWords = (owner: PortOwner) =>
  owner.kind === "server" ? `Server ${owner.name}` : `default policy ${owner.name}`;

/** `HTTPRoute cart of policy.linkerd.io`, `the default route`, `the probe route` */
export const routeWords = ({ group, kind, name }: RouteRef) =>
  kind === "default" ? `the ${name} route` : `${kind} ${name} of ${group}`;
