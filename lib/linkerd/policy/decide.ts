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
   * `denied`: 403, gRPC's PermissionDenied, or the connection is closed. `not-found`: no route takes the request, 404. `refused`: it dies
   * before any policy, because the bytes are not what the port speaks. `not-judged`: there is no proxy.
   */
  verdict: "allowed" | "denied" | "not-found" | "refused" | "not-judged";
  /** An HTTP status (200: it goes to the application), or what becomes of a connection; absent where nothing is judged. */
  status?: number | "open" | "closed";
  /** The code in gRPC's terms, for requests that are gRPC; absent where a redirect answers. */
  grpc?: "OK" | "PermissionDenied" | "NotFound";
  /** Who decides about the port; absent where nothing is judged. */
  owner?: PortOwner;
  /** How the port is read. */
  protocol?: ProxyProtocol;
  /** The route that takes the request; absent for connections and where none does. */
  route?: RouteRef;
  /** All that admit the client; empty where it is not let in. */
  authorizations: readonly AuthorizationRef[];
  /** Why, where the rest does not say it. */
  reason?: string;
}

/** Linkerd's admin port asks the policy itself, and speaks HTTP only. */
export const ADMIN_PORT = 4191;

/**
 * All decisions that are possible under one policy of a port: more than one where the order of routes is not known, or where the
 * client's address is not and decides.
 */
export function decisions(
  policy: ServerPolicy,
  port: number,
  client: Client,
  request: Request,
  /** Whether of two routes that match equally well the first in `policy.routes` is known to be the first in the cluster. */
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
  const taken = candidates(policy.routes, parts, isFirst);
  if (taken.length === 0) {
    const grpc = isGrpc ? { grpc: "NotFound" as const } : {};
    return [{ ...base, verdict: "not-found", status: 404, ...grpc, authorizations: [] }];
  }
  return taken.flatMap(({ route, rule, prefix }) =>
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

/** Which of the proxy's stacks judges, and what it knows of the client (`accept.rs`, `detect.rs`, `direct.rs` of linkerd2-proxy). */
function stack({ protocol }: ServerPolicy, port: number, client: Client, request: Request): Stack {
  const isHttp = request.protocol !== "tcp" && client.tls !== "app";
  const requests: Stack = { kind: "requests", client };
  const connection: Stack = { kind: "connection", client };
  if (client.via === "4143") {
    if (client.tls !== "mesh") return { kind: "refused", reason: "4143 takes connections with a mesh identity only" };
    return isHttp ? requests : connection;
  }
  if (port === ADMIN_PORT) {
    return isHttp ? requests : { kind: "refused", reason: "the proxy's admin port speaks only HTTP" };
  }
  switch (protocol) {
    case "opaque":
      // TLS is not looked for, so that nobody has an identity.
      return { kind: "connection", client: { ...client, tls: "none", identity: undefined } };
    case "tls":
      return connection;
    case "detect":
      return isHttp ? requests : connection;
    case "http1":
      // What comes in TLS may be HTTP/2 between proxies, so it is detected; the rest is taken at the port's word.
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

/** The sets of authorizations that may admit the client; `undefined` among them where it may be shut out. */
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

interface Taken {
  route: PolicyRoute;
  rule: PolicyRule;
  prefix?: number | undefined;
}

/** The routes that may take a request: the one that matches best, and those that match as well and may come before it. */
function candidates(
  routes: readonly PolicyRoute[],
  request: RequestParts,
  isFirst: (route: PolicyRoute, other: PolicyRoute) => boolean,
): Taken[] {
  let best: Rank | undefined;
  let equals: Taken[] = [];
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

function bestRule(route: PolicyRoute, request: RequestParts): (Taken & { rank: Rank }) | undefined {
  const host = bestHost(route, request);
  if (host === undefined) return undefined;
  let best: (Taken & { rank: Rank }) | undefined;
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

/** Filters come after the authorization: a redirect answers only those who are let in. */
function filtered(
  rule: PolicyRule,
  parts: RequestParts,
  prefix: number | undefined,
): { status: number; reason?: string } {
  for (const redirect of rule.redirects) {
    const status = redirectStatus(redirect, parts, prefix);
    if (status === 500) return { status, reason: "the route's redirect cannot be made of this request" };
    if (status !== undefined) return { status, reason: "redirected by the route's filter" };
  }
  return { status: 200 };
}
