import type { GrpcMatchSpec, HttpMatchSpec, Route } from "../../linkerd/api/route";
import type { RouteFilter } from "../../linkerd/api/route-filter";

/** The set of requests that meet every condition. Without conditions: every request. */
export interface RequestMatch {
  /** The hosts, any of which matches. Absent: any host. */
  hosts?: readonly string[];
  /** The HTTP method. Absent: any. */
  method?: string;
  /** The path. Absent: any. */
  path?: { type: "Exact" | "PathPrefix" | "RegularExpression"; value: string };
  /** Headers, all of which must match. */
  headers?: readonly ValueMatch[];
  /** Query parameters, all of which must match. */
  query?: readonly ValueMatch[];
  /** The gRPC method. Absent members: any. */
  grpc?: { service?: string; method?: string };
  /** Connections that are not HTTP, instead of requests. */
  notHttp?: true;
}

/** A header or a query parameter, and its value. */
export interface ValueMatch {
  name: string;
  value: string;
  /** Whether `value` is a regular expression, which must match the entire value. */
  regex?: true;
}

/** The requests of one match of a rule, and the rule's filters. */
export interface TakenRequests {
  match: RequestMatch;
  filters: readonly RouteFilter[];
}

/** The requests that a route takes: one set for each match of its rules. */
export const matchesOf = (route: Route): readonly RequestMatch[] => takenBy(route).map(({ match }) => match);

/** The same, with the filters of their rules. */
export function takenBy(route: Route): readonly TakenRequests[] {
  const known = taken.get(route);
  if (known !== undefined) return known;
  const made = readTaken(route);
  taken.set(route, made);
  return made;
}

/** A cache, because the same routes decide about every client of a port. */
const taken = new WeakMap<Route, readonly TakenRequests[]>();

function readTaken(route: Route): TakenRequests[] {
  const hosts = [...new Set(route.hostnames)].sort();
  const at = hosts.length === 0 ? {} : { hosts };
  const written =
    route.kind === "HTTPRoute"
      ? route.rules.map(({ matches, filters }) => ({
          filters,
          matches: matches.length === 0 ? [{}] : matches.map(httpMatch),
        }))
      : route.rules.map(({ matches, filters }) => ({
          filters,
          matches: matches.length === 0 ? [{ grpc: {} }] : matches.map(grpcMatch),
        }));
  return written.flatMap(({ matches, filters }) => matches.map((match) => ({ match: { ...at, ...match }, filters })));
}

function httpMatch({ method, path: { type, value }, headers, queryParams }: HttpMatchSpec): RequestMatch {
  // A prefix matches whole segments; a trailing slash makes no difference.
  const prefix = type === "PathPrefix" ? value.replace(/\/+$/, "") : value;
  return {
    ...(method !== undefined && { method }),
    ...(prefix !== "" && { path: { type, value: prefix } }),
    ...values("headers", headers, (name) => name.toLowerCase()),
    ...values("query", queryParams, (name) => name),
  };
}

function grpcMatch({ method, headers }: GrpcMatchSpec): RequestMatch {
  const { service, method: name } = method ?? {};
  return {
    grpc: { ...(service && { service }), ...(name && { method: name }) },
    ...values("headers", headers, (header) => header.toLowerCase()),
  };
}

type Values = readonly { name: string; type: string; value: string }[] | undefined;

function values(member: "headers" | "query", given: Values, named: (name: string) => string): RequestMatch {
  if (given === undefined || given.length === 0) return {};
  const list = given.map(
    ({ name, type, value }): ValueMatch => ({ name: named(name), value, ...(type !== "Exact" && { regex: true }) }),
  );
  return { [member]: list.sort((a, b) => compare(valueWords(a), valueWords(b))) };
}

const EVERYTHING = "everything";

/** `GET /api/*?v=2 with x-env: prod at api.example.com`. */
export function requestWords({
  hosts = [],
  method,
  path,
  headers = [],
  query = [],
  grpc,
  notHttp,
}: RequestMatch): string {
  if (notHttp === true) return hosts.length === 0 ? "what is not HTTP" : `TLS to ${hosts.join(", ")}`;
  const where =
    path === undefined
      ? "/*"
      : path.type === "PathPrefix"
        ? `${path.value}/*`
        : path.type === "Exact"
          ? path.value
          : `~${path.value}`;
  const asked = query.map(({ name, value, regex }) => `${name}=${regex ? "~" : ""}${value}`).join("&");
  const all = method === undefined && path === undefined && asked === "";
  const what =
    grpc !== undefined
      ? `gRPC ${grpc.service ?? "*"}/${grpc.method ?? "*"}`
      : all
        ? EVERYTHING
        : `${method === undefined ? "" : `${method} `}${where}${asked === "" ? "" : `?${asked}`}`;
  const and = headers.length === 0 ? "" : ` with ${headers.map(valueWords).join(", ")}`;
  return `${what}${and}${hosts.length === 0 ? "" : ` at ${hosts.join(", ")}`}`;
}

const valueWords = ({ name, value, regex }: ValueMatch) => `${name}: ${regex ? "~" : ""}${value}`;
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

/** An estimate of how many requests a match covers, by which lists are sorted: fewer conditions and shorter paths cover more. */
export function breadth(match: RequestMatch): number {
  const { hosts = [], method, path, headers = [], query = [], grpc, notHttp } = match;
  const lengths = (path?.value.length ?? 0) + (grpc?.service?.length ?? 0) + (grpc?.method?.length ?? 0);
  const kind = path?.type === "Exact" ? 1 : 0;
  return notHttp === true
    ? 0
    : -(
        lengths * 8 +
        kind +
        (method === undefined ? 0 : 2) +
        (headers.length + query.length) * 4 +
        (hosts.length === 0 ? 0 : 4)
      );
}

/** Whether `wide` matches every request that `narrow` matches. False if unknown, as for two regular expressions. */
export function takesAllOf(wide: RequestMatch, narrow: RequestMatch): boolean {
  if ((wide.notHttp === true) !== (narrow.notHttp === true)) return false;
  if (wide.method !== undefined && wide.method !== narrow.method) return false;
  if (wide.path !== undefined && !pathTakes(wide.path, narrow.path)) return false;
  if (wide.grpc !== undefined && !grpcTakes(wide.grpc, narrow.grpc)) return false;
  if (!hasAll(narrow.headers, wide.headers) || !hasAll(narrow.query, wide.query)) return false;
  if (wide.hosts === undefined) return true;
  return narrow.hosts?.every((host) => wide.hosts?.some((other) => hostTakes(other, host))) ?? false;
}

/** Whether a request could match both. True if unknown. */
export function mayMeet(a: RequestMatch, b: RequestMatch): boolean {
  if ((a.notHttp === true) !== (b.notHttp === true)) return false;
  if (a.method !== undefined && b.method !== undefined && a.method !== b.method) return false;
  if (a.path !== undefined && b.path !== undefined && !pathsMeet(a.path, b.path)) return false;
  if (
    a.grpc !== undefined &&
    b.grpc !== undefined &&
    !(agree(a.grpc.service, b.grpc.service) && agree(a.grpc.method, b.grpc.method))
  )
    return false;
  if (a.hosts === undefined || b.hosts === undefined) return true;
  return a.hosts.some((host) => b.hosts?.some((other) => hostTakes(host, other) || hostTakes(other, host)));
}

type Path = NonNullable<RequestMatch["path"]>;

function pathTakes(wide: Path, narrow: Path | undefined): boolean {
  if (narrow === undefined) return false;
  if (wide.type !== "PathPrefix") return wide.type === narrow.type && wide.value === narrow.value;
  return narrow.type !== "RegularExpression" && isUnder(narrow.value, wide.value);
}

function pathsMeet(a: Path, b: Path): boolean {
  if (a.type === "RegularExpression" || b.type === "RegularExpression") return true;
  if (a.type === "Exact") return b.type === "Exact" ? a.value === b.value : isUnder(a.value, b.value);
  return isUnder(b.value, a.value) || (b.type === "PathPrefix" && isUnder(a.value, b.value));
}

function isUnder(path: string, prefix: string): boolean {
  const whole = path.replace(/\/+$/, "");
  return whole === prefix || whole.startsWith(`${prefix}/`);
}

const agree = (a: string | undefined, b: string | undefined) => a === undefined || b === undefined || a === b;

function grpcTakes(wide: NonNullable<RequestMatch["grpc"]>, narrow: RequestMatch["grpc"]): boolean {
  if (narrow === undefined) return false;
  return (wide.service ?? narrow.service) === narrow.service && (wide.method ?? narrow.method) === narrow.method;
}

function hasAll(given: readonly ValueMatch[] = [], wanted: readonly ValueMatch[] = []): boolean {
  const known = new Set(given.map(valueWords));
  return wanted.every((value) => known.has(valueWords(value)));
}

function hostTakes(wide: string, narrow: string): boolean {
  const [a, b] = [wide.toLowerCase(), narrow.toLowerCase()];
  return a === b || (a.startsWith("*.") && b.endsWith(a.slice(1)));
}
