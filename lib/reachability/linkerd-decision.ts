import type { RateLimit } from "../linkerd/policy/rate-limits";
import type { RequestMatch } from "./request-match";

/** What Linkerd's proxy of the destination says of a client; of a destination outside the cluster, what the client's own proxy says. */
export interface LinkerdDecision {
  /** `allowed`: at least something that it may ask for is answered by the application. */
  verdict: "allowed" | "denied" | "unknown";
  /** Who decides about the port: `Server cart-http`, `default policy deny`, `EgressNetwork linkerd-egress/all`. */
  owner: string;
  /** Of an allowed one, the authorizations that admit: `AuthorizationPolicy cart-frontend`. */
  admittedBy?: readonly string[];
  /** Of a denied one, who is admitted, and what the client gets; of an unknown one, what would have to be known. */
  reason?: string;
  /** Where it depends on what is asked for: from the most that is allowed to the least. Absent: it does not. */
  routes?: readonly RouteDecision[];
  /** Of an allowed one: how much of it is let through. More gets 429. */
  rateLimit?: RateLimit;
  /** The objects that decide, the Server first. Absent: a default policy. */
  objects?: readonly DecidingObject[];
}

/** An object of Linkerd's by which something is decided. */
export interface DecidingObject {
  /** Server, AuthorizationPolicy, ServerAuthorization, HTTPRoute, GRPCRoute or HTTPLocalRateLimitPolicy; or EgressNetwork with its routes. */
  kind: string;
  /** Its namespace. */
  namespace: string;
  /** Its name. */
  name: string;
}

/** What becomes of some of the requests. */
export interface RouteDecision {
  /** `GET /env`, `/api/* at api.example.com`, `everything else`. */
  requests: string;
  /** The same, taken apart. Absent: what no other one is about. */
  match?: RequestMatch;
  /** What Linkerd does with them. */
  verdict: "allowed" | "denied" | "unknown";
  /** What the client gets where it is denied. */
  status?: 403 | 404;
}
