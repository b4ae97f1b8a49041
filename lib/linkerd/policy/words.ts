import type { AuthorizationRef } from "./authorization";
import type { PortOwner, RouteRef } from "./server-policy";

/** The kinds of objects that authorize. */
export const AUTHORIZATION_KINDS = {
  authorizationpolicy: "AuthorizationPolicy",
  serverauthorization: "ServerAuthorization",
} as const;

/** `AuthorizationPolicy cart-frontend`; for a Server's own policy `accessPolicy all-authenticated`, for a port without a Server `default policy …`. */
export function authorizationWords(
  { kind, name }: Pick<AuthorizationRef, "kind" | "name">,
  owner: Pick<PortOwner, "kind">,
): string {
  if (kind !== "default") return `${AUTHORIZATION_KINDS[kind]} ${name}`;
  if (name === "probe" || name === "localhost") return `the ${name} authorization`;
  return `${owner.kind === "server" ? "accessPolicy" : "default policy"} ${name}`;
}

/** The names of the policy `audit`, for a Server and for a port without one. It admits everybody, and logs clients that no other policy admits. */
export const AUDIT_WORDS: readonly string[] = (["server", "default"] as const).map((kind) =>
  authorizationWords({ kind: "default", name: "audit" }, { kind }),
);

/** `Server cart-http`, `default policy deny` */
export const ownerWords = (owner: PortOwner) =>
  owner.kind === "server" ? `Server ${owner.name}` : `default policy ${owner.name}`;

/** `HTTPRoute cart of policy.linkerd.io`, `the default route`, `the probe route` */
export const routeWords = ({ group, kind, name }: RouteRef) =>
  kind === "default" ? `the ${name} route` : `${kind} ${name} of ${group}`;
