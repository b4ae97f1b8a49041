import { byteLength } from "../../common/text";
import type { GrpcRoute, HttpRoute, Route } from "../api/route";
import type { Redirect } from "../api/route-filter";
import { grpcMatch, httpMatch } from "../api/route-match";
import type { ProxyProtocol, Server } from "../api/server";
import type { Attachments } from "./attachment";
import { type ClientAuthorization, defaultAuthorization, LOCALHOST } from "./authorization";
import type { Authorizations } from "./authorizations";
import { GRPC_DEFAULT, grpcRank, type HostMatch, HTTP_DEFAULT, hostMatch, httpRank, type Rank } from "./match";
import type { RateLimits, ServerRateLimit } from "./rate-limits";
import type { RequestParts } from "./request";
import type { PolicySettings } from "./settings";
import type { PolicyWorkload } from "./workload";

/** A route, as Linkerd's metrics name it (`route_group`, `route_kind`, `route_name`). */
export interface RouteRef {
  group: string;
  /** `default` for the routes `default`, `probe` and `invalid`. */
  kind: string;
  name: string;
}

/** What decides about a port: a Server, or the default policy of this name. */
export type PortOwner = { kind: "server"; namespace: string; name: string } | { kind: "default"; name: string };

export interface PolicyRule {
  /** How well the rule matches a request; undefined if it does not. */
  rank(request: RequestParts): { rank: Rank; prefix?: number } | undefined;
  redirects: readonly Redirect[];
}

/** A route of a port. */
export interface PolicyRoute {
  ref: RouteRef;
  /** The route as read; absent for the default routes. */
  route?: Route;
  createdAt?: number;
  hosts: readonly HostMatch[];
  rules: readonly PolicyRule[];
  /** Its own, and those of its Server. */
  authorizations: readonly ClientAuthorization[];
  /** The paths of the probes, for the probe route. */
  probes?: readonly string[];
}

/** The policy of one port, as the server's proxy receives it. */
export interface ServerPolicy {
  owner: PortOwner;
  protocol: ProxyProtocol;
  /** For all routes, and for connections that are not HTTP. */
  authorizations: readonly ClientAuthorization[];
  /** In the order in which ties are resolved. Empty for protocols without requests. */
  routes: readonly PolicyRoute[];
  /** Why the proxy rejects this policy. It then denies everything. */
  invalid?: string;
  /** Absent: unlimited. */
  rateLimit?: ServerRateLimit;
  /** The Server that selects the port, even if the proxy rejects the policy. */
  server?: Pick<Server, "namespace" | "name">;
}

export class ServerPolicies {
  constructor(
    private readonly settings: PolicySettings,
    private readonly authorizations: Authorizations,
    private readonly attachments: Attachments,
    private readonly rateLimits: RateLimits,
  ) {}

  /** The policy of a port that no Server selects. */
  ofDefault(workload: PolicyWorkload, port: number): ServerPolicy {
    const policy = this.defaultPolicy(workload, port);
    const authorization = defaultAuthorization(policy, this.settings);
    const authorizations = [...(authorization === undefined ? [] : [authorization]), LOCALHOST];
    const protocol = workload.isOpaque(port) ? "opaque" : "detect";
    return this.checked({
      owner: { kind: "default", name: policy },
      protocol,
      authorizations,
      routes: protocol === "opaque" ? [] : this.defaultRoutes(workload.probes.get(port), authorizations),
    });
  }

  ofServer(server: Server, workload: PolicyWorkload, port: number): ServerPolicy {
    const { namespace, name, protocol } = server;
    const own = this.authorizations.ofServer(server);
    const everybody = defaultAuthorization(server.accessPolicy, this.settings);
    const authorizations = [...own, ...(everybody === undefined ? [] : [everybody]), LOCALHOST];
    const owner = { kind: "server" as const, namespace, name };
    const limit = this.rateLimits.of(server);
    const named = {
      owner,
      protocol,
      server: { namespace, name },
      ...(limit !== undefined && { rateLimit: limit }),
    };
    const attached = this.attachments.of(server);
    const incomplete = attached.find(
      (route) =>
        route.kind === "GRPCRoute" &&
        route.rules.some(({ matches }) => matches.some(({ method }) => method === undefined)),
    );
    if (incomplete !== undefined) return invalid(`GRPCRoute ${incomplete.name} has a match without method`, server);
    if (protocol === "opaque" || protocol === "tls") return this.checked({ ...named, authorizations, routes: [] });
    const routes = attached
      .map((route) => this.attachedRoute(route, authorizations))
      .sort((a, b) => compareRoutes(a, b));
    const fallback = () =>
      protocol === "grpc"
        ? [GRPC_ROUTE(authorizations)]
        : this.defaultRoutes(workload.kind === "pod" ? workload.probes.get(port) : undefined, authorizations);
    return this.checked({ ...named, authorizations, routes: routes.length > 0 ? routes : fallback() });
  }

  private defaultPolicy({ defaultPolicy, requiresIdentity }: PolicyWorkload, port: number) {
    const policy = defaultPolicy ?? this.settings.defaultPolicy;
    if (!requiresIdentity(port)) return policy;
    if (policy === "all-unauthenticated") return "all-authenticated";
    return policy === "cluster-unauthenticated" ? "cluster-authenticated" : policy;
  }

  /** The routes of a port without attached routes: one for everything, and one for the port's probes. */
  private defaultRoutes(
    probes: ReadonlySet<string> | undefined,
    authorizations: readonly ClientAuthorization[],
  ): PolicyRoute[] {
    const everything = HTTP_ROUTE("default", authorizations, () => ({ rank: HTTP_DEFAULT, prefix: 1 }));
    const { probeNetworks } = this.settings;
    if (probes === undefined || probes.size === 0 || probeNetworks.length === 0) return [everything];
    const probe: ClientAuthorization = {
      ref: { group: "", kind: "default", name: "probe" },
      networks: probeNetworks,
      authentication: { kind: "none" },
    };
    const rule = ({ method, path }: RequestParts) =>
      method === "GET" && probes.has(path) ? { rank: [byteLength(path), 0, 0, 1] } : undefined;
    return [everything, { ...HTTP_ROUTE("probe", [probe, ...authorizations], rule), probes: [...probes].sort() }];
  }

  private attachedRoute(route: Route, ofServer: readonly ClientAuthorization[]): PolicyRoute {
    const { group, kind, name, createdAt } = route;
    return {
      ref: { group, kind, name },
      route,
      ...(createdAt === undefined ? {} : { createdAt }),
      hosts: route.hostnames.map(hostMatch),
      rules: route.kind === "HTTPRoute" ? httpRules(route) : grpcRules(route),
      authorizations: [...this.authorizations.ofRoute(route), ...ofServer],
    };
  }

  /** The proxy rejects a policy with an authorization that has no networks. */
  private checked(policy: ServerPolicy): ServerPolicy {
    const all = [...policy.authorizations, ...policy.routes.flatMap(({ authorizations }) => authorizations)];
    const empty = all.some((authorization) => authorization !== LOCALHOST && authorization.networks.length === 0);
    return empty
      ? invalid("an authorization is for no network, since clusterNetworks is empty", policy.server)
      : policy;
  }
}

/** The policy that the proxy uses if it rejects its own: it denies everything, even from localhost. */
function invalid(reason: string, server?: Pick<Server, "namespace" | "name">): ServerPolicy {
  const everything = HTTP_ROUTE("invalid", [], () => ({ rank: HTTP_DEFAULT, prefix: 1 }));
  return {
    owner: { kind: "default", name: "invalid" },
    protocol: "detect",
    authorizations: [],
    routes: [everything],
    invalid: reason,
    ...(server !== undefined && { server: { namespace: server.namespace, name: server.name } }),
  };
}

function HTTP_ROUTE(
  name: string,
  authorizations: readonly ClientAuthorization[],
  rank: PolicyRule["rank"],
): PolicyRoute {
  return { ref: { group: "", kind: "default", name }, hosts: [], rules: [{ rank, redirects: [] }], authorizations };
}

function GRPC_ROUTE(authorizations: readonly ClientAuthorization[]): PolicyRoute {
  const rank: PolicyRule["rank"] = (request) => {
    const found = grpcRank({ headers: [], rpc: {} }, request);
    return found === undefined ? undefined : { rank: found };
  };
  return HTTP_ROUTE("default", authorizations, rank);
}

/** Orders routes by age, oldest first and those without a creation time last; then by name, group and kind. */
export function compareRoutes(a: PolicyRoute, b: PolicyRoute): number {
  const byTime = (a.createdAt ?? Number.POSITIVE_INFINITY) - (b.createdAt ?? Number.POSITIVE_INFINITY);
  if (byTime !== 0 && !Number.isNaN(byTime)) return byTime;
  return (
    compareTexts(a.ref.name, b.ref.name) ||
    compareTexts(a.ref.group, b.ref.group) ||
    compareTexts(a.ref.kind, b.ref.kind)
  );
}

export function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function httpRules(route: HttpRoute): PolicyRule[] {
  return route.rules.map(({ matches, filters }) => {
    const compiled = matches.map(httpMatch);
    return {
      redirects: redirectsOf(filters),
      rank: (request) => {
        if (compiled.length === 0) return { rank: HTTP_DEFAULT, prefix: 1 };
        let best: { rank: Rank; prefix?: number } | undefined;
        for (const match of compiled) {
          const rank = httpRank(match, request);
          if (rank === undefined || (best !== undefined && !better(rank, best.rank))) continue;
          best = { rank, ...("prefix" in match.path ? { prefix: rank[0] ?? 0 } : {}) };
        }
        return best;
      },
    };
  });
}

function grpcRules(route: GrpcRoute): PolicyRule[] {
  return route.rules.map(({ matches, filters }) => {
    const compiled = matches.map(grpcMatch);
    return {
      redirects: redirectsOf(filters),
      rank: (request) => {
        if (compiled.length === 0) return { rank: GRPC_DEFAULT };
        let best: Rank | undefined;
        for (const match of compiled) {
          const rank = grpcRank(match, request);
          if (rank !== undefined && (best === undefined || better(rank, best))) best = rank;
        }
        return best === undefined ? undefined : { rank: best };
      },
    };
  });
}

/** Whether a later match replaces the best one so far. Equal ones do, like in Rust's `max`; this matters only to redirects that replace a prefix. */
function better(rank: Rank, than: Rank): boolean {
  for (const [index, part] of rank.entries()) {
    const other = than[index] ?? 0;
    if (part !== other) return part > other;
  }
  return true;
}

function redirectsOf(filters: HttpRoute["rules"][number]["filters"]): Redirect[] {
  return filters.flatMap((filter) => (filter.kind === "redirect" ? [filter.redirect] : []));
}
