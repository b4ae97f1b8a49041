import { getOrMake } from "../common/maps";
import { type Problem, ProblemError, problem } from "../common/problem";
import {
  everyAddress,
  Identity,
  meshTlsAuthentication,
  type NetworkBlock,
  networkAuthentication,
  type ServiceAccount,
} from "../linkerd/model/authentication";
import { authorizationPolicy, Target } from "../linkerd/model/authorization-policy";
import type { LinkerdManifest } from "../linkerd/model/manifest";
import {
  type GrpcRequestMatch,
  type HttpRequestMatch,
  linkerdGrpcRoute,
  linkerdHttpRoute,
} from "../linkerd/model/route";
import { linkerdServer, type ServerProtocol, type ServerSpec } from "../linkerd/model/server";
import { meshPorts } from "../linkerd/wire/ports";
import { wellKnown } from "../linkerd/wire/well-known";
import { authorizationProblems } from "./authorization-problems";
import type { Caller } from "./callers";
import type { Edge } from "./intent";
import { matchOf, partition, requestsOf, sameMembers } from "./requests";
import { type AuthorizationSettings, type Entry, type FencedServer, podsOf, serversOf } from "./servers";
import type { Workload } from "./workload";

/**
 * The part of a fence that Linkerd enforces: a Server for each port of a called workload, with an authentication and an AuthorizationPolicy for each
 * set of clients; and routes, if edges name requests. The server's proxy denies everything else on these ports, in either transport mode.
 *
 * What the mesh and the kubelet need stays open: metrics for viz's Prometheus, HTTP probes even with routes attached, and HTTP probes from the nodes on
 * opaque ports.
 *
 * If a workload does not enforce its ingress, its Servers have the access policy `audit`: they deny nothing, and the proxy logs and counts under that
 * name what no other authorization admits.
 *
 * @throws {ProblemError} with every edge that Linkerd cannot enforce.
 */
export function authorizations(edges: readonly Edge[], settings: AuthorizationSettings = {}): LinkerdManifest[] {
  const problems = authorizationProblems(edges, settings);
  if (problems.length > 0) throw new ProblemError("Fence", problems);
  const servers = serversOf(edges);
  const workloads = new Map(servers.map(({ workload }) => [`${workload.namespace}/${workload.name}`, workload]));
  const objects = [
    ...servers.flatMap((server) => serverObjects(server, settings)),
    ...[...workloads.values()].flatMap((workload) => adminObjects(workload, settings)),
  ];
  const duplicates = duplicateNames(objects);
  if (duplicates.length > 0) throw new ProblemError("Fence", duplicates);
  return objects;
}

/**
 * The problems of objects that would have the same name, such as those of port `linkerd-admin` of workload `api` and those of the admin port of its
 * proxy. A `Fence` names its resources by namespace and name, so that those have to differ, too.
 */
function duplicateNames(objects: readonly LinkerdManifest[]): Problem[] {
  const seen = new Map<string, string>();
  return objects.flatMap(({ kind, metadata: { namespace, name } }): Problem[] => {
    const id = `${kind} ${namespace}-${name}`;
    const other = seen.get(id);
    seen.set(id, `${namespace}/${name}`);
    if (other === undefined) return [];
    const message = `the resources of the ${kind}s ${other} and ${namespace}/${name} would have the same name`;
    const fix = "give one of the workloads another name, or its port by number";
    return [problem("name-taken", ["edges"], message, fix)];
  });
}

const isObserved = ({ enforce }: Workload): boolean => enforce?.ingress === false;

/** The Server of an observed workload admits everyone. The proxy logs and counts as `audit` what no other authorization admits. */
const accessOf = (workload: Workload): Pick<ServerSpec, "accessPolicy"> =>
  isObserved(workload) ? { accessPolicy: "audit" } : {};

/** The objects for the proxy's admin port: metrics for Prometheus, and probes for everyone, as Linkerd does by default. */
function adminObjects(workload: Workload, { vizNamespace = wellKnown.prometheus.namespace }: AuthorizationSettings) {
  const name = `${workload.name}-linkerd-admin`;
  const prometheus = { name: wellKnown.prometheus.serviceAccount, namespace: vizNamespace };
  return [
    linkerdServer({ name, ...placed(workload), port: meshPorts.admin, ...accessOf(workload) }),
    ...admit(name, workload.namespace, Target.server(name), { accounts: [prometheus], networks: [] }),
  ];
}

function serverObjects(server: FencedServer, settings: AuthorizationSettings): LinkerdManifest[] {
  const name = `${server.workload.name}-${server.port}`;
  const { namespace } = server.workload;
  const entries = server.entries;
  const whole = entries.filter(({ edge }) => edge.requests === undefined && edge.calls === undefined);
  const protocol = protocolOf(server);
  const everything = merged(whole.map(({ caller }) => caller));
  if (server.opaque && server.probes.some(({ path }) => path !== undefined))
    everything.networks.push(...(settings.nodeAddresses ?? []));
  return [
    linkerdServer({ name, ...placed(server.workload), port: server.port, protocol, ...accessOf(server.workload) }),
    ...admit(name, namespace, Target.server(name), everything),
    ...(protocol === "gRPC" ? grpcRoutes(server, name, whole) : httpRoutes(server, name, whole)),
  ];
}

function protocolOf({ opaque, entries, workload }: FencedServer): ServerProtocol {
  if (opaque) return "opaque";
  // A port that is declared as gRPC accepts nothing else, whatever its access policy.
  if (isObserved(workload)) return "unknown";
  return entries.some(({ edge }) => edge.calls !== undefined) ? "gRPC" : "unknown";
}

/** Routes are needed if edges name requests, or for gRPC health probes, which Linkerd's own probe route does not include. */
function httpRoutes(server: FencedServer, name: string, whole: readonly Entry[]): LinkerdManifest[] {
  const narrow = server.entries.flatMap(({ edge, caller }) =>
    [...(edge.requests ?? []), ...(edge.calls ?? []).map(asRequest)].flatMap((match) => partitioned(match, caller)),
  );
  const hasHealthProbe = server.probes.some(({ grpc }) => grpc === true);
  if (narrow.length === 0 && !(hasHealthProbe && !server.opaque)) return [];
  const allowed = [...narrow, ...server.probes.flatMap(probeRequests)];
  // The Server admits callers of everything, but a request that no route matches gets 404.
  if (whole.length > 0 || isObserved(server.workload)) allowed.push({ requests: { path: "", exact: false }, who: [] });
  const routes = partition(allowed);
  const groups: { who: readonly Caller[]; requests: ReturnType<typeof matchOf>[] }[] = [];
  for (const { requests, who } of routes) {
    const known = groups.find((group) => sameMembers(group.who, who));
    if (known === undefined) groups.push({ who, requests: [matchOf(requests)] });
    else known.requests.push(matchOf(requests));
  }
  return groups.flatMap(({ who, requests }, index) => {
    const route = `${name}-requests-${index + 1}`;
    const { namespace } = server.workload;
    return [
      linkerdHttpRoute({ name: route, namespace, server: name, requests }),
      ...admit(route, namespace, Target.httpRoute(route), merged(who)),
    ];
  });
}

const partitioned = (match: NonNullable<Edge["requests"]>[number], caller: Caller) =>
  requestsOf(match).map((requests) => ({ requests, who: [caller] }));

/** A gRPC call as an HTTP request. */
const asRequest = ({ service, method }: GrpcRequestMatch): HttpRequestMatch => ({
  methods: ["POST"],
  ...(method === undefined ? { pathPrefix: `/${service}` } : { path: `/${service}/${method}` }),
});

const anyone: Caller = { accounts: [], networks: everyAddress };

function probeRequests({ path, grpc }: FencedServer["probes"][number]) {
  const requested = grpc === true ? healthPath : path;
  if (requested === undefined) return [];
  const match = { methods: [grpc === true ? ("POST" as const) : ("GET" as const)], path: withoutQuery(requested) };
  return requestsOf(match).map((requests) => ({ requests, who: [anyone] }));
}

const health: GrpcRequestMatch = { service: "grpc.health.v1.Health", method: "Check" };
const healthPath = `/${health.service}/${health.method}`;
const withoutQuery = (path: string) => path.replace(/[?#].*$/, "").replace(/^(?!\/)/, "/");

function grpcRoutes(server: FencedServer, name: string, whole: readonly Entry[]): LinkerdManifest[] {
  const { namespace } = server.workload;
  const groups = new Map<string, { call: GrpcRequestMatch; callers: Caller[] }>();
  const add = (call: GrpcRequestMatch, callers: readonly Caller[]) =>
    getOrMake(groups, JSON.stringify([call.service, call.method]), () => ({
      call,
      callers: [] as Caller[],
    })).callers.push(...callers);
  for (const { edge, caller } of server.entries) for (const call of edge.calls ?? []) add(call, [caller]);
  if (server.probes.some(({ grpc }) => grpc === true)) add(health, [anyone]);
  // The route of a method takes precedence over that of its service, so that it also has to admit the callers of the whole service.
  for (const { call, callers } of groups.values()) {
    const service = groups.get(JSON.stringify([call.service, undefined]));
    if (call.method !== undefined && service !== undefined) callers.push(...service.callers);
  }
  const routes = [...groups.values()].flatMap(({ call, callers }, index) => {
    const route = `${name}-calls-${index + 1}`;
    return [
      linkerdGrpcRoute({ name: route, namespace, server: name, calls: [call] }),
      ...admit(route, namespace, Target.grpcRoute(route), merged([...new Set(callers)])),
    ];
  });
  if (whole.length === 0) return routes;
  return [...routes, linkerdGrpcRoute({ name: `${name}-calls`, namespace, server: name, calls: "all" })];
}

const placed = ({ namespace, endpoints }: Workload) => ({ namespace, pods: podsOf(endpoints) });

/** The objects that admit a caller to a target. Empty if nobody calls. */
function admit(name: string, namespace: string, target: Target, { accounts, networks }: Caller): LinkerdManifest[] {
  const objects: LinkerdManifest[] = [];
  if (accounts.length > 0) {
    const identities = accounts.map((account) => Identity.account(account.name, account.namespace));
    const named = { name: `${name}-accounts`, namespace };
    objects.push(
      meshTlsAuthentication({ ...named, identities }),
      authorizationPolicy({ ...named, target, required: { meshTls: named.name } }),
    );
  }
  if (networks.length > 0) {
    const named = { name: `${name}-networks`, namespace };
    objects.push(
      networkAuthentication({ ...named, networks: [...networks] }),
      authorizationPolicy({ ...named, target, required: { network: named.name } }),
    );
  }
  return objects;
}

/** The union of several callers. */
function merged(callers: readonly Caller[]): { accounts: ServiceAccount[]; networks: NetworkBlock[] } {
  return {
    accounts: unique(callers.flatMap(({ accounts }) => accounts)),
    networks: unique(callers.flatMap(({ networks }) => networks)),
  };
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}
