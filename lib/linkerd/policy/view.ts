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

/** What the policy controller tells a proxy about one of its ports, in words that can be compared. */
export interface PolicyView {
  /** `Server cart-http`, `default policy deny` */
  owner: string;
  protocol: ProxyProtocol;
  /** Those of every request. */
  authorizations: readonly AuthorizationView[];
  /** In the order in which ties are decided. */
  routes: readonly RouteView[];
  /** `HTTPLocalRateLimitPolicy cart: 100 requests a second in all`. Absent: no limit. */
  rateLimit?: string;
}

/** Who is let in by one object. */
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
  /** Its hosts and matches, each with what its rule's filters do, sorted. Of the default route nothing is said. */
  requests: readonly string[];
  /** Those of its own. */
  authorizations: readonly AuthorizationView[];
}

interface RegexText {
  pattern: string;
}

interface NamedText {
  name: string;
  value: { exact: string } | { regex: RegexText };
}

/** A match of HTTP requests, its regular expressions as they are written. */
export interface HttpTexts {
  path: { exact: string } | { prefix: string } | { regex: RegexText };
  headers: readonly NamedText[];
  query: readonly NamedText[];
  /** Default: any. */
  method?: string;
}

/** A match of gRPC calls, its regular expressions as they are written. */
export interface GrpcTexts {
  headers: readonly NamedText[];
  rpc?: { service?: string; method?: string };
}

/** What the policy controller should say of a port that has this policy. */
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

/** The proxy adds its own for localhost by itself. */
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

/** The requests of a rule with what its filters do, in their order: `GET /old and below, then redirected to path /new (301)`. */
export function filteredWords(requests: readonly string[], filters: readonly string[]): string[] {
  if (filters.length === 0) return [...requests];
  const then = `then ${filters.join(", ")}`;
  return requests.length === 0 ? [`everything, ${then}`] : requests.map((words) => `${words}, ${then}`);
}

/** What is told to the proxy of a server: of responses nothing is. */
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

/** `with the headers set x: a, add y: b, remove z`; names are written in any case. */
export function modifierWords({ set, add, remove }: HeaderModifier): string {
  const named = (verb: string, headers: HeaderModifier["set"]) =>
    headers.map(({ name, value }) => `${verb} ${name.toLowerCase()}: ${value}`);
  const gone = remove.map((name) => `remove ${name.toLowerCase()}`);
  return `with the headers ${[...named("set", set), ...named("add", add), ...gone].join(", ") || "as they are"}`;
}

/** Where a redirect leads. What is absent stays as it is. */
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
  const asked = "exact" in path ? path.exact : "prefix" in path ? `${path.prefix} and below` : regexWords(path.regex);
  return [
    `${method ?? "path"} ${asked}`,
    ...headers.map((header) => `header ${namedWords(header)}`),
    ...query.map((parameter) => `parameter ${namedWords(parameter)}`),
  ].join(", ");
}

/** `call shop.Cart/Get`, with its headers. */
export function grpcWords({ rpc, headers }: GrpcTexts): string {
  const asked = rpc === undefined ? "call without a method" : `call ${rpc.service ?? "any"}/${rpc.method ?? "any"}`;
  return [asked, ...headers.map((header) => `header ${namedWords(header)}`)].join(", ");
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

/** The numbers of a rate limit, of all clients and of each. */
export interface LimitNumbers {
  policy: string;
  total?: number;
  identity?: number;
  overrides: ReadonlyMap<string, number>;
}

/** `HTTPLocalRateLimitPolicy cart: 100 requests a second in all, 10 of each identity` */
export function limitWords({ policy, total, identity, overrides }: LimitNumbers | ServerRateLimit): string {
  const own = [...overrides].sort(([a], [b]) => (a < b ? -1 : 1)).map(([client, most]) => `${most} of ${client}`);
  const all = [
    ...(total === undefined ? [] : [`${total} in all`]),
    ...(identity === undefined ? [] : [`${identity} of each identity`]),
    ...own,
  ];
  return `HTTPLocalRateLimitPolicy ${policy}: requests a second: ${all.join(", ") || "any number"}`;
}
