import type { ProxyProtocol } from "../api/server";
import { type Admission, type AuthorizationRef, admits, type ClientAuthorization } from "./authorization";
import type { Client } from "./client";
import { ANY_HOST, compareRanks, hostRank, type Rank } from "./match";
import { redirectStatus } from "./redirect";
import { type Request, type RequestParts, requestParts } from "./request";
import type { PolicyRoute, PolicyRule, PortOwner, RouteRef, ServerPolicy } from "./server-policy";

/** What the server's proxy does with a request or a connection. */
export interface Decision {
  /**
   * `denied`: the answer is 403 or gRPC's PermissionDenied, or the connection is closed. `not-found`: no route matches the request, and the answer
   * is 404. `refused`: the connection fails before any policy applies, because the port expects another protocol. `not-judged`: there is no proxy.
   */
  verdict: "allowed" | "denied" | "not-found" | "refused" | "not-judged";
  /** The HTTP status, 200 if the request goes to the application, or what happens to a connection. Absent if there is no proxy. */
  status?: number | "open" | "closed";
  /** The gRPC status, for gRPC requests. Absent if a redirect answers. */
  grpc?: "OK" | "PermissionDenied" | "NotFound";
  /** The Server or default policy that decides about the port. Absent if there is no proxy. */
  owner?: PortOwner;
  /** The protocol that the proxy expects on the port. */
  protocol?: ProxyProtocol;
  /** The route that matches the request. Absent for connections, and if none does. */
  route?: RouteRef;
  /** All authorizations that admit the client; empty if none does. */
  authorizations: readonly AuthorizationRef[];
  /** Why, unless the other members tell. */
  reason?: string;
}

/** The admin port of Linkerd's proxy. It accepts only HTTP, and policies apply to it, too. */
export const ADMIN_PORT = 4191;

/**
 * All decisions that are possible under one policy of a port: more than one if they depend on the order of routes or on the client's address, and
 * that is not known.
 */
export function decisions(
  policy: ServerPolicy,
  port: number,
  client: Client,
  request: Request,
  /** Whether the first of two routes that match equally well, in the order of `policy.routes`, is known to win in the cluster, too. */
  isFirst: (route: PolicyRoute, other: PolicyRoute) => boolean,
): Decision[] {
  const path = stack(policy, port, client, request);
  const base = {
    owner: policy.owner,
    protocol: policy.protocol,
    ...(policy.invalid === undefined ? {} : { reason: `the proxy refuses the policy of its port: ${policy.invalid}` }),
  };
  if (path.kind === "refused") {
    return [{ ...base, verdict: "refused", status: "closed", authorizations: [], reason: path.reason }];
  }
  if (path.kind === "connection" || request.protocol === "tcp") {
    const lists = policy.protocol === "detect" || policy.protocol === "tls" || policy.protocol === "opaque";
    const open = judged(lists ? policy.authorizations : [], path.client);
    return open.map((authorizations) =>
      authorizations === undefined
        ? { ...base, verdict: "denied", status: "closed", authorizations: [] }
        : { ...base, verdict: "allowed", status: "open", authorizations },
    );
  }
  const isGrpc = request.protocol === "grpc";
  const parts = requestParts(request);
  const matches = candidates(policy.routes, parts, isFirst);
  if (matches.length === 0) {
    const grpc = isGrpc ? { grpc: "NotFound" as const } : {};
    return [{ ...base, verdict: "not-found", status: 404, ...grpc, authorizations: [] }];
  }
  return matches.flatMap(({ route, rule, prefix }) =>
    judged(route.authorizations, path.client).map((authorizations): Decision => {
      if (authorizations === undefined) {
        const grpc = isGrpc ? { grpc: "PermissionDenied" as const } : {};
        return { ...base, verdict: "denied", status: 403, ...grpc, route: route.ref, authorizations: [] };
      }
      const { status, reason } = filtered(rule, parts, prefix);
      const why = reason === undefined ? {} : { reason };
      const grpc = isGrpc && status === 200 ? { grpc: "OK" as const } : {};
      return { ...base, verdict: "allowed", status, ...grpc, route: route.ref, authorizations, ...why };
    }),
  );
}

type Stack = { kind: "refused"; reason: string } | { kind: "connection" | "requests"; client: Client };

/** Which of the proxy's stacks handles the connection, and what it knows about the client (`accept.rs`, `detect.rs`, `direct.rs` of linkerd2-proxy). */
function stack({ protocol }: ServerPolicy, port: number, client: Client, request: Request): Stack {
  const isHttp = request.protocol !== "tcp" && client.tls !== "app";
  const requests: Stack = { kind: "requests", client };
  const connection: Stack = { kind: "connection", client };
  if (client.via === "4143") {
    if (client.tls !== "mesh") return { kind: "refused", reason: "4143 only accepts connections with a mesh identity" };
    return isHttp ? requests : connection;
  }
  if (port === ADMIN_PORT) {
    return isHttp ? requests : { kind: "refused", reason: "the proxy's admin port speaks only HTTP" };
  }
  switch (protocol) {
    case "opaque":
      // The proxy does not detect TLS on an opaque port, so that no client has an identity.
      return { kind: "connection", client: { ...client, tls: "none", identity: undefined } };
    case "tls":
      return connection;
    case "detect":
      return isHttp ? requests : connection;
    case "http1":
      // Inside TLS the proxy detects the protocol, because proxies may speak HTTP/2 to each other. Otherwise it relies on the port's declaration.
      if (client.tls !== "none") return isHttp ? requests : connection;
      if (request.protocol === "http1") return requests;
      return { kind: "refused", reason: `the port is declared HTTP/1, and this is ${SPOKEN[request.protocol]}` };
    default: {
      const isHttp2 = isHttp && request.protocol !== "http1";
      const declared = protocol === "grpc" ? "gRPC" : "HTTP/2";
      return isHttp2
        ? requests
        : { kind: "refused", reason: `the port is declared ${declared}, and this is not HTTP/2` };
    }
  }
}

const SPOKEN = { http1: "HTTP/1", http2: "HTTP/2", grpc: "HTTP/2", tcp: "not HTTP" } as const;

/** The possible sets of authorizations that admit the client. `undefined` among them: it may be denied. */
export function judged(
  authorizations: readonly ClientAuthorization[],
  client: Client,
): (readonly AuthorizationRef[] | undefined)[] {
  const answers = new Map<Admission, AuthorizationRef[]>([
    ["yes", []],
    ["maybe", []],
    ["no", []],
  ]);
  for (const authorization of authorizations) answers.get(admits(authorization, client))?.push(authorization.ref);
  const yes = answers.get("yes") ?? [];
  const maybe = answers.get("maybe") ?? [];
  if (maybe.length === 0) return [yes.length > 0 ? yes : undefined];
  return yes.length > 0 ? [yes, [...yes, ...maybe]] : [undefined, maybe];
}

interface Match {
  route: PolicyRoute;
  rule: PolicyRule;
  prefix?: number | undefined;
}

/** The routes that may handle a request: the one that matches best, and those that match equally well and may take precedence. */
function candidates(
  routes: readonly PolicyRoute[],
  request: RequestParts,
  isFirst: (route: PolicyRoute, other: PolicyRoute) => boolean,
): Match[] {
  let best: Rank | undefined;
  let equals: Match[] = [];
  for (const route of routes) {
    const found = bestRule(route, request);
    if (found === undefined) continue;
    const difference = best === undefined ? 1 : compareRanks(found.rank, best);
    if (difference < 0) continue;
    if (difference > 0) equals = [];
    best = found.rank;
    equals.push({ route, rule: found.rule, ...(found.prefix === undefined ? {} : { prefix: found.prefix }) });
  }
  return equals.filter(({ route }, index) =>
    equals.every((other, place) => place >= index || !isFirst(other.route, route)),
  );
}

function bestRule(route: PolicyRoute, request: RequestParts): (Match & { rank: Rank }) | undefined {
  const host = bestHost(route, request);
  if (host === undefined) return undefined;
  let best: (Match & { rank: Rank }) | undefined;
  for (const rule of route.rules) {
    const found = rule.rank(request);
    if (found === undefined || (best !== undefined && compareRanks([...host, ...found.rank], best.rank) <= 0)) continue;
    best = { route, rule, rank: [...host, ...found.rank], prefix: found.prefix };
  }
  return best;
}

function bestHost({ hosts }: PolicyRoute, request: RequestParts): Rank | undefined {
  if (hosts.length === 0) return ANY_HOST;
  let best: Rank | undefined;
  for (const host of hosts) {
    const rank = hostRank(host, request);
    if (rank !== undefined && (best === undefined || compareRanks(rank, best) > 0)) best = rank;
  }
  return best;
}

/** Applies the rule's filters. They come after authorization, so that a redirect answers only admitted clients. */
function filtered(
  rule: PolicyRule,
  parts: RequestParts,
  prefix: number | undefined,
): { status: number; reason?: string } {
  for (const redirect of rule.redirects) {
    const status = redirectStatus(redirect, parts, prefix);
    if (status === 500) return { status, reason: "the route's redirect does not work for this request" };
    if (status !== undefined) return { status, reason: "redirected by the route's filter" };
  }
  return { status: 200 };
}
