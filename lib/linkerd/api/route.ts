import { type Decoded, type Decoder, defaulted, integer, list, object, optional, string, word } from "./decode";
import { GATEWAY_GROUP, type Metadata, metadataOf, POLICY_GROUP, type RawObject, specOf } from "./object";
import { gatewayFilter, grpcFilter, policyFilter, type RouteFilter } from "./route-filter";

/** What a route may be attached to. On the inbound side, Linkerd attaches routes to Servers only. */
export interface RouteParent {
  group: string;
  kind: string;
  namespace?: string | undefined;
  name: string;
  sectionName?: string | undefined;
  port?: number | undefined;
}

const METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH"] as const;
const PATH_TYPES = ["Exact", "PathPrefix", "RegularExpression"] as const;

const valueMatch = object({
  name: string,
  type: defaulted(word("Exact", "RegularExpression"), "Exact"),
  value: string,
});

const pathMatch = object({
  type: defaulted(word(...PATH_TYPES), "PathPrefix"),
  value: defaulted(string, "/"),
});

const ROOT: Decoded<typeof pathMatch> = { type: "PathPrefix", value: "/" };

const httpMatch = object({
  path: defaulted(pathMatch, ROOT),
  headers: optional(list(valueMatch)),
  queryParams: optional(list(valueMatch)),
  method: optional(word(...METHODS)),
});

/** A match as written, with the CRD's defaults. */
export type HttpMatchSpec = Decoded<typeof httpMatch>;

const grpcMatch = object({
  headers: optional(list(valueMatch)),
  method: optional(
    object({
      type: defaulted(word("Exact", "RegularExpression"), "Exact"),
      service: optional(string),
      method: optional(string),
    }),
  ),
});

export type GrpcMatchSpec = Decoded<typeof grpcMatch>;

const backend = object({
  group: optional(string),
  kind: optional(string),
  namespace: optional(string),
  name: optional(string),
  port: optional(integer(0, 65535)),
});
const timeouts = object({ request: optional(string), backendRequest: optional(string) });

export interface RouteRule<M> {
  matches: readonly M[];
  filters: readonly RouteFilter[];
  backends: readonly Decoded<typeof backend>[];
  timeouts?: Decoded<typeof timeouts>;
}

interface RouteOf<K, M> extends Metadata {
  kind: K;
  /** `policy.linkerd.io` or `gateway.networking.k8s.io`. Routes with the same name in both groups are different routes. */
  group: string;
  parents: readonly RouteParent[];
  hostnames: readonly string[];
  rules: readonly RouteRule<M>[];
}

export type HttpRoute = RouteOf<"HTTPRoute", HttpMatchSpec>;
export type GrpcRoute = RouteOf<"GRPCRoute", GrpcMatchSpec>;
export type Route = HttpRoute | GrpcRoute;

/** A route for connections by server name, or for all connections to a port. Linkerd only uses it for outbound traffic. */
export interface ConnectionRoute extends Metadata {
  kind: "TLSRoute" | "TCPRoute";
  parents: readonly RouteParent[];
  /** Server names. Empty: any. */
  hostnames: readonly string[];
  /** Whether any of its rules has a backend other than an EgressNetwork. */
  hasBackends: boolean;
}

/** The kind of a {@link ConnectionRoute}, of any version; undefined for other objects. Linkerd installs their CRDs with its own. */
export function connectionRouteKind({ apiVersion, kind }: RawObject): ConnectionRoute["kind"] | undefined {
  if (!String(apiVersion).startsWith(`${GATEWAY_GROUP}/`)) return undefined;
  return kind === "TLSRoute" || kind === "TCPRoute" ? kind : undefined;
}

export function decodeConnectionRoute(raw: RawObject): ConnectionRoute {
  const rule = object({ backendRefs: defaulted(list(backend), []) });
  const rules = defaulted(list(rule), [])(specOf(raw).rules, "spec.rules");
  const sent = rules.flatMap(({ backendRefs }) => backendRefs);
  const { group: _, ...route } = common(raw, GATEWAY_GROUP);
  return {
    ...route,
    kind: connectionRouteKind(raw) ?? "TCPRoute",
    hasBackends: sent.some(({ group, kind }) => kind !== "EgressNetwork" || group !== POLICY_GROUP),
  };
}

/** The CRD's default for an HTTPRoute without matches: everything matches. A GRPCRoute without rules matches nothing. */
const EVERYTHING: HttpMatchSpec = { path: ROOT, headers: undefined, queryParams: undefined, method: undefined };

export function decodeHttpRoute(raw: RawObject): HttpRoute {
  const group = groupOf(raw);
  const rule = ruleOf(defaulted(list(httpMatch), [EVERYTHING]), group === POLICY_GROUP ? policyFilter : gatewayFilter);
  const withoutRules: RouteRule<HttpMatchSpec>[] = [{ matches: [EVERYTHING], filters: [], backends: [] }];
  return {
    ...common(raw, group),
    kind: "HTTPRoute",
    rules: defaulted(list(rule), withoutRules)(specOf(raw).rules, "spec.rules"),
  };
}

export function decodeGrpcRoute(raw: RawObject): GrpcRoute {
  const rule = ruleOf(defaulted(list(grpcMatch), []), grpcFilter);
  const group = groupOf(raw);
  return {
    ...common(raw, group),
    kind: "GRPCRoute",
    rules: defaulted(list(rule), [])(specOf(raw).rules, "spec.rules"),
  };
}

function groupOf(raw: RawObject): string {
  return String(raw.apiVersion).startsWith(`${POLICY_GROUP}/`) ? POLICY_GROUP : GATEWAY_GROUP;
}

function ruleOf<M>(matches: Decoder<M[]>, filter: Decoder<RouteFilter>): Decoder<RouteRule<M>> {
  const shape = object({
    matches,
    filters: defaulted(list(filter), []),
    backendRefs: defaulted(list(backend), []),
    timeouts: optional(timeouts),
  });
  return (value, path) => {
    const { backendRefs, timeouts: given, ...rule } = shape(value, path);
    return { ...rule, backends: backendRefs, ...(given === undefined ? {} : { timeouts: given }) };
  };
}

function common(raw: RawObject, group: string) {
  // A parent's group defaults to the route's own, and its kind to Gateway, to which Linkerd attaches nothing.
  const parent = object({
    group: defaulted(string, group),
    kind: defaulted(string, "Gateway"),
    namespace: optional(string),
    name: string,
    sectionName: optional(string),
    port: optional(integer(-0x8000_0000, 0x7fff_ffff)),
  });
  const spec = specOf(raw);
  return {
    ...metadataOf(raw),
    group,
    parents: defaulted(list(parent), [])(spec.parentRefs, "spec.parentRefs"),
    hostnames: defaulted(list(string), [])(spec.hostnames, "spec.hostnames"),
  };
}
