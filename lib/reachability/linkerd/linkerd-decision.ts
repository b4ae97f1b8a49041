import type { AuthorizationRef } from "../../linkerd/policy/authorization";
import type { RateLimit } from "../../linkerd/policy/rate-limits";
import type { RequestMatch } from "./request-match";

/** The decision of the destination's Linkerd proxy about a client; for a destination outside the cluster, that of the client's own proxy. */
export interface LinkerdDecision {
  /** `allowed`: at least one request of the client reaches the application. */
  verdict: "allowed" | "denied" | "unknown";
  /** What decides about the port: `Server cart-http`, `default policy deny`, `EgressNetwork linkerd-egress/all`. */
  owner: string;
  /** If allowed: the authorizations that admit the client, `AuthorizationPolicy cart-frontend`. */
  admittedBy?: readonly string[];
  /** If denied: who is admitted, and what the client gets. If unknown: what is missing. */
  reason?: string;
  /** The decisions by request, allowed ones first. Absent: all requests share the decision. */
  routes?: readonly RouteDecision[];
  /** If allowed: the rate limit. Requests above it get 429. */
  rateLimit?: RateLimit;
  /** The objects that decide, the Server first. Absent: a default policy decides. */
  objects?: readonly DecidingObject[];
}

/** A decision with the authorizations behind its `admittedBy`, in the same order. */
export interface JudgedDecision extends LinkerdDecision {
  /** Absent: no authorization admits the client. */
  admitting?: readonly Admitting[];
}

/** An authorization that admits a client. */
export interface Admitting extends Pick<AuthorizationRef, "kind" | "name"> {
  /** Its text in `admittedBy`. */
  words: string;
}

/** The distinct authorizations with their texts, sorted. */
export function admittedBy(all: readonly Admitting[]): Required<Pick<JudgedDecision, "admittedBy" | "admitting">> {
  const distinct = new Map(all.map((one) => [one.words, one]));
  const admitting = [...distinct.values()].sort((a, b) => (a.words < b.words ? -1 : 1));
  return { admittedBy: admitting.map(({ words }) => words), admitting };
}

/** A Linkerd object that decides. */
export interface DecidingObject {
  /** Server, AuthorizationPolicy, ServerAuthorization, HTTPRoute, GRPCRoute or HTTPLocalRateLimitPolicy; or EgressNetwork with its routes. */
  kind: string;
  /** Its namespace. */
  namespace: string;
  /** Its name. */
  name: string;
}

/** The decision about some requests. */
export interface RouteDecision {
  /** `GET /env`, `/api/* at api.example.com`, `everything else`. */
  requests: string;
  /** The same in parts. Absent: all requests that no other entry matches. */
  match?: RequestMatch;
  /** The decision about them. */
  verdict: "allowed" | "denied" | "unknown";
  /**
   * For denied requests: the status they get, which is a redirect's if a route's filter redirects all of them, or `closed`. For allowed requests: the
   * status of a redirect that some of them get.
   */
  status?: number | "closed";
}
