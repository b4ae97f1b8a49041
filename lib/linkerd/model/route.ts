import { type Problem, problem } from "../../common/problem";
import { type LinkerdManifest, type LinkerdObjectSpec, manifest } from "./manifest";
import { wordProblems } from "./server";

/** A match of HTTP requests; all members must hold. */
export interface HttpRequestMatch {
  /** The methods; any of them. Default: all. */
  methods?: HttpMethod[];
  /** Exactly this path, without the query. */
  path?: string;
  /** This path and everything below it, by whole segments: `/api` matches `/api` and `/api/v1`, not `/apis`. */
  pathPrefix?: string;
}

/**
 * The HTTP methods that a route can match, as in the Gateway API.
 * @enum
 */
export const HttpMethod = {
  /** Reads. */
  Get: "GET",
  /** Reads the headers only. */
  Head: "HEAD",
  /** Submits data. */
  Post: "POST",
  /** Replaces a resource. */
  Put: "PUT",
  /** Deletes a resource. */
  Delete: "DELETE",
  /** Opens a tunnel. */
  Connect: "CONNECT",
  /** Lists the allowed methods. */
  Options: "OPTIONS",
  /** Echoes the request. */
  Trace: "TRACE",
  /** Changes part of a resource. */
  Patch: "PATCH",
} as const;
export type HttpMethod = (typeof HttpMethod)[keyof typeof HttpMethod];

/** All of them. */
export const HTTP_METHODS: readonly HttpMethod[] = Object.values(HttpMethod);

/** A match of gRPC calls; all members must hold. */
export interface GrpcRequestMatch {
  /** The service with its package: `grpc.health.v1.Health`. */
  service: string;
  /** The method. Default: all of the service. */
  method?: string;
}

/**
 * HTTP requests to a Server that have their own authorizations. As soon as a route is attached, a request that no route matches gets 404, and so do
 * probes.
 */
export interface HttpRouteSpec extends LinkerdObjectSpec {
  /** The Server, of the same namespace. */
  server: string;
  /** The requests: any of these matches. */
  requests: HttpRequestMatch[];
  /** Hosts of the requests, also with a wildcard: `*.example.com`. Default: any. */
  hostnames?: string[];
}

/**
 * The HTTPRoute (of policy.linkerd.io) that `spec` describes.
 *
 * @throws {ProblemError} with every problem, its path and the fix.
 * @example
 * linkerdHttpRoute({ name: "read", namespace: "shop", server: "web-http", requests: [{ methods: ["GET"], pathPrefix: "/api" }] });
 */
export function linkerdHttpRoute(spec: HttpRouteSpec): LinkerdManifest {
  return manifest(spec, {
    apiVersion: "policy.linkerd.io/v1beta3",
    kind: "HTTPRoute",
    problems: httpProblems(spec),
    render: () => ({
      parentRefs: [parent(spec.server)],
      ...(spec.hostnames && { hostnames: spec.hostnames }),
      rules: ruled(spec.requests.flatMap(httpMatches)),
    }),
  });
}

/** gRPC calls to a Server that have their own authorizations. The Server's protocol has to be `gRPC`: on any other the route has no effect. */
export interface GrpcRouteSpec extends LinkerdObjectSpec {
  /** The Server, of the same namespace. */
  server: string;
  /** The calls: any of these matches, or `"all"`. A match without service and method would close the whole port. */
  calls: GrpcRequestMatch[] | "all";
}

/**
 * The GRPCRoute that `spec` describes.
 *
 * @throws {ProblemError} with every problem, its path and the fix.
 * @example
 * linkerdGrpcRoute({ name: "health", namespace: "shop", server: "web-grpc", calls: [{ service: "grpc.health.v1.Health" }] });
 */
export function linkerdGrpcRoute(spec: GrpcRouteSpec): LinkerdManifest {
  return manifest(spec, {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "GRPCRoute",
    problems: grpcProblems(spec),
    render: () => ({
      parentRefs: [parent(spec.server)],
      rules:
        spec.calls === "all"
          ? [{}]
          : ruled(spec.calls.map(({ service, method }) => ({ method: { service, ...(method && { method }) } }))),
    }),
  });
}

/** Splits matches into rules, which hold at most eight. All rules of a route share its authorizations, so that the split does not matter. */
function ruled(matches: readonly object[]): { matches: readonly object[] }[] {
  const rules = [];
  for (let first = 0; first < matches.length; first += 8) rules.push({ matches: matches.slice(first, first + 8) });
  return rules;
}

/** With explicit group and kind, because the Gateway API's default is a Gateway, to which Linkerd attaches nothing. */
const parent = (name: string) => ({ group: "policy.linkerd.io", kind: "Server", name });

function httpMatches({ methods, path, pathPrefix }: HttpRequestMatch): object[] {
  const at = path !== undefined ? { type: "Exact", value: path } : { type: "PathPrefix", value: pathPrefix ?? "/" };
  return methods === undefined ? [{ path: at }] : methods.map((method) => ({ path: at, method }));
}

function httpProblems({ requests }: HttpRouteSpec): Problem[] {
  if (!Array.isArray(requests) || requests.length === 0) return [noRequests(["requests"])];
  return requests.flatMap((request, index) => requestProblems(["requests", index], request));
}

/** The problems of a match of requests. */
export function requestProblems(at: readonly (string | number)[], request: HttpRequestMatch): Problem[] {
  const { methods, path, pathPrefix } = request;
  const problems: Problem[] = [];
  if (path !== undefined && pathPrefix !== undefined)
    problems.push(problem("conflict", at, "`path` and `pathPrefix` exclude each other", "leave one out"));
  for (const member of ["path", "pathPrefix"] as const) {
    const text = request[member];
    if (text === undefined) continue;
    if (!text.startsWith("/"))
      problems.push(
        problem("invalid-path", [...at, member], `"${text}" does not begin with a slash`, `use "/${text}"`),
      );
    const mark = text.search(/[?#]/);
    if (mark >= 0)
      problems.push(
        problem(
          "invalid-path",
          [...at, member],
          `"${text}" has a query, which a path cannot have`,
          `use "${text.slice(0, mark)}"`,
        ),
      );
    if (text.includes("*"))
      problems.push(
        problem(
          "invalid-path",
          [...at, member],
          `"${text}" has a star, which Linkerd matches literally`,
          `use pathPrefix: "${text.slice(0, text.indexOf("*")).replace(/(?<=.)\/$/, "")}"`,
        ),
      );
  }
  if (methods?.length === 0)
    problems.push(
      problem("empty", [...at, "methods"], "an empty list of methods matches no request", "leave it out for all"),
    );
  for (const [index, method] of (methods ?? []).entries())
    problems.push(...wordProblems([...at, "methods", index], method, HTTP_METHODS));
  return problems;
}

function grpcProblems({ calls }: GrpcRouteSpec): Problem[] {
  if (calls === "all") return [];
  if (!Array.isArray(calls) || calls.length === 0) return [noRequests(["calls"])];
  return calls.flatMap((call, index) => callProblems(["calls", index], call));
}

/** The problems of a match of calls. */
export function callProblems(at: readonly (string | number)[], { service, method }: GrpcRequestMatch): Problem[] {
  const name = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/;
  const problems: Problem[] = [];
  if (typeof service !== "string" || !name.test(service)) {
    const [, own, called] = /^\/?([\w.]+)\/(\w+)$/.exec(String(service)) ?? [];
    const fix =
      own === undefined
        ? 'use its name with the package, e.g. "shop.v1.Cart"'
        : `use service: "${own}", method: "${called}"`;
    problems.push(problem("invalid-name", [...at, "service"], `${JSON.stringify(service)} is not a gRPC service`, fix));
  }
  if (method !== undefined && !/^[A-Za-z_][A-Za-z0-9_]*$/.test(method))
    problems.push(
      problem("invalid-name", [...at, "method"], `"${method}" is not a method`, 'use its name, e.g. "Check"'),
    );
  return problems;
}

const noRequests = (path: readonly string[]): Problem =>
  problem("empty", path, "a route without requests matches none, and everything gets 404", "name at least one");
