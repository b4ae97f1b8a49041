import { formatPrefix } from "../../kubernetes/cidr";
import { EVERYWHERE, type Network } from "../api/network";
import type { HttpRoute, Route } from "../api/route";
import type { HeaderModifier, RouteFilter } from "../api/route-filter";
import { grpcMatch, httpMatch } from "../api/route-match";
import type { ProxyProtocol } from "../api/server";
import { type Authentication, type ClientAuthorization, LOCALHOST } from "./authorization";
import type { HostMatch } from "./match";
import type { ServerRateLimit } from "./rate-limits";
import type { PolicyRoute, PortOwner, ServerPolicy } from "./server-policy";
import { authorizationWords, ownerWords, routeWords } from "./words";

/** The policy of a port in words, for comparing a prediction with what the policy controller tells the proxy. */
export interface PolicyView {
  /** `Server cart-http`, `default policy deny` */
  owner: string;
  protocol: ProxyProtocol;
  /** For all requests. */
  authorizations: readonly AuthorizationView[];
  /** In the order in which ties are resolved. */
  routes: readonly RouteView[];
  /** `HTTPLocalRateLimitPolicy cart: 100 requests per second in total`. Absent: no limit. */
  rateLimit?: string;
}

/** The clients that one authorization admits. */
export interface AuthorizationView {
  /** `AuthorizationPolicy cart-frontend` */
  name: string;
  /** `frontend.shop.serviceaccount.identity.linkerd.cluster.local`, `anybody` */
  clients: string;
  /** `10.0.0.0/8 except 10.1.0.0/16`, `anywhere` */
  networks: string;
}

export interface RouteView {
  /** `HTTPRoute cart of policy.linkerd.io` */
  name: string;
  /** Its hosts and matches, each with the filters of its rule, sorted. Empty for the default route. */
  requests: readonly string[];
  /** Its own, without those of its Server. */
  authorizations: readonly AuthorizationView[];
}

interface RegexText {
  pattern: string;
}

interface NamedText {
  name: string;
  value: { exact: string } | { regex: RegexText };
}

/** A match of HTTP requests, with regular expressions as text. */
export interface HttpTexts {
  path: { exact: string } | { prefix: string } | { regex: RegexText };
  headers: readonly NamedText[];
  query: readonly NamedText[];
  /** Default: any. */
  method?: string;
}

/** A match of gRPC calls, with regular expressions as text. */
export interface GrpcTexts {
  headers: readonly NamedText[];
  rpc?: { service?: string; method?: string };
}

/** The view that the policy controller should have of a port with this policy. */
export function viewOf(policy: ServerPolicy): PolicyView {
  const { owner, protocol, rateLimit } = policy;
  return {
    owner: ownerWords(owner),
    protocol,
    authorizations: authorizationViews(policy.authorizations, owner),
    routes: policy.routes.map((route) => routeView(route, policy)),
    ...(rateLimit !== undefined && { rateLimit: limitWords(rateLimit) }),
  };
}

/** Without the authorization of localhost, which the proxy adds itself. */
function authorizationViews(authorizations: readonly ClientAuthorization[], owner: PortOwner): AuthorizationView[] {
  return authorizations
    .filter((one) => one !== LOCALHOST)
    .map(({ ref, authentication, networks }) => ({
      name: authorizationWords(ref, owner),
      clients: clientWords(authentication),
      networks: networkWords(networks),
    }));
}

function routeView(route: PolicyRoute, { owner, authorizations }: ServerPolicy): RouteView {
  const own = route.authorizations.filter((one) => !authorizations.includes(one));
  return { name: routeWords(route.ref), requests: requestsOf(route), authorizations: authorizationViews(own, owner) };
}

function requestsOf({ route, hosts, probes = [] }: PolicyRoute): string[] {
  const matches =
    route === undefined
      ? probes.map((path) => httpWords({ method: "GET", path: { exact: path }, headers: [], query: [] }))
      : matchesOf(route);
  return [...hosts.map(hostWords), ...matches].sort();
}

function matchesOf(route: Route): string[] {
  if (isHttp(route))
    return route.rules.flatMap(({ matches, filters }) =>
      filteredWords(
        matches.map((match) => httpWords(httpMatch(match))),
        filters.flatMap(filterWords),
      ),
    );
  return route.rules.flatMap(({ matches, filters }) =>
    filteredWords(
      matches.map((match) => grpcWords(grpcMatch(match))),
      filters.flatMap(filterWords),
    ),
  );
}

/** The requests of a rule, each with its filters in their order: `GET /old and below, then redirected to path /new (301)`. */
export function filteredWords(requests: readonly string[], filters: readonly string[]): string[] {
  if (filters.length === 0) return [...requests];
  const then = `then ${filters.join(", ")}`;
  return requests.length === 0 ? [`everything, ${then}`] : requests.map((words) => `${words}, ${then}`);
}

/** The filters that a server's proxy receives: none of those for responses. */
function filterWords(filter: RouteFilter): string[] {
  if (filter.kind === "request-headers") return [modifierWords(filter.modifier)];
  if (filter.kind !== "redirect") return [];
  const { path, port, ...redirect } = filter.redirect;
  const to = path?.replaceFullPath ?? path?.replacePrefixMatch;
  return [
    redirectWords({
      ...redirect,
      ...(port !== undefined && port >= 1 && port <= 65_535 && { port }),
      ...(to !== undefined && { path: { isWhole: path?.replaceFullPath !== undefined, value: to } }),
    }),
  ];
}

/** `with the headers set x: a, add y: b, remove z`; names in lower case. */
export function modifierWords({ set, add, remove }: HeaderModifier): string {
  const named = (verb: string, headers: HeaderModifier["set"]) =>
    headers.map(({ name, value }) => `${verb} ${name.toLowerCase()}: ${value}`);
  const gone = remove.map((name) => `remove ${name.toLowerCase()}`);
  return `with the headers ${[...named("set", set), ...named("add", add), ...gone].join(", ") || "as they are"}`;
}

/** The target of a redirect. Absent parts stay as they are in the request. */
export interface RedirectTexts {
  scheme?: string | undefined;
  hostname?: string | undefined;
  port?: number;
  path?: { isWhole: boolean; value: string };
  statusCode: number;
}

/** `redirected to https host shop.example.com, path /new (301)` */
export function redirectWords({ scheme, hostname, port, path, statusCode }: RedirectTexts): string {
  const parts = [
    ...(scheme === undefined ? [] : [scheme]),
    ...(hostname === undefined || hostname === "" ? [] : [`host ${hostname}`]),
    ...(port === undefined ? [] : [`port ${port}`]),
    ...(path === undefined ? [] : [`${path.isWhole ? "path" : "prefix"} ${path.value}`]),
  ];
  return `redirected to ${parts.join(", ") || "the same"} (${statusCode})`;
}

/** `failed with 503` */
export const failureWords = (status: number): string => `failed with ${status}`;

const isHttp = (route: Route): route is HttpRoute => route.kind === "HTTPRoute";

/** `host shop.example.com`, `host *.example.com` */
export const hostWords = (host: HostMatch): string =>
  "exact" in host ? `host ${host.exact}` : `host *.${[...host.suffix].reverse().join(".")}`;

/** `GET /cart and below`, `path /cart`, `path matching /cart.*`, with its headers and parameters. */
export function httpWords({ method, path, headers, query }: HttpTexts): string {
  const pathWords =
    "exact" in path ? path.exact : "prefix" in path ? `${path.prefix} and below` : regexWords(path.regex);
  return [
    `${method ?? "path"} ${pathWords}`,
    ...headers.map((header) => `header ${namedWords(header)}`),
    ...query.map((parameter) => `parameter ${namedWords(parameter)}`),
  ].join(", ");
}

/** `call shop.Cart/Get`, with its headers. */
export function grpcWords({ rpc, headers }: GrpcTexts): string {
  const call = rpc === undefined ? "call without a method" : `call ${rpc.service ?? "any"}/${rpc.method ?? "any"}`;
  return [call, ...headers.map((header) => `header ${namedWords(header)}`)].join(", ");
}

const regexWords = ({ pattern }: RegexText) => `matching ${pattern}`;

function namedWords({ name, value }: NamedText): string {
  return "exact" in value ? `${name}: ${value.exact}` : `${name} ${regexWords(value.regex)}`;
}

/** `anybody`, `anybody with TLS`, `any identity`, or the identities by name. */
export function clientWords(authentication: Authentication): string {
  if (authentication.kind === "none") return "anybody";
  if (authentication.kind === "tls") return "anybody with TLS";
  const patterns = authentication.suffixes.map((suffix) => (suffix === "" ? "any identity" : `*${suffix}`));
  return [...new Set([...patterns, ...authentication.identities])].sort().join(", ");
}

const EVERYWHERE_WORDS = EVERYWHERE.map(({ cidr }) => formatPrefix(cidr))
  .sort()
  .join(", ");

/** `10.0.0.0/8 except 10.1.0.0/16, fd00::/8`, `anywhere` */
export function networkWords(networks: readonly Network[]): string {
  const words = networks.map(({ cidr, except }) =>
    except.length === 0
      ? formatPrefix(cidr)
      : `${formatPrefix(cidr)} except ${except.map(formatPrefix).sort().join(" and ")}`,
  );
  const all = [...new Set(words)].sort().join(", ");
  return all === EVERYWHERE_WORDS ? "anywhere" : all;
}

/** A rate limit, in requests per second. */
export interface LimitNumbers {
  policy: string;
  total?: number;
  identity?: number;
  overrides: ReadonlyMap<string, number>;
}

/** `HTTPLocalRateLimitPolicy cart: requests per second: 100 in total, 10 per identity, 50 for web` */
export function limitWords({ policy, total, identity, overrides }: LimitNumbers | ServerRateLimit): string {
  const own = [...overrides].sort(([a], [b]) => (a < b ? -1 : 1)).map(([client, limit]) => `${limit} for ${client}`);
  const all = [
    ...(total === undefined ? [] : [`${total} in total`]),
    ...(identity === undefined ? [] : [`${identity} per identity`]),
    ...own,
  ];
  return `HTTPLocalRateLimitPolicy ${policy}: requests per second: ${all.join(", ") || "any number"}`;
}
