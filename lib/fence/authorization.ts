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
import type { Edge, Workload } from "./intent";
import { matchOf, partition, requestsOf, sameMembers } from "./requests";
import { type AuthorizationSettings, type Entry, type FencedServer, podsOf, serversOf } from "./servers";

/**
 * Linkerd's half of a fence: for each port of a workload that is called a Server, and for each set of clients that may use it an
 * authentication and an AuthorizationPolicy, by requests where the edges name some. Whatever else is sent to these ports, the server's proxy
 * refuses, in either transport mode.
 *
 * What the mesh and the kubelet need stays open: metrics for the Prometheus of viz, HTTP probes also where routes are attached, and on opaque
 * ports those from the nodes.
 *
 * Where a workload does not enforce its ingress, its Servers have the access policy `audit`: they refuse nothing, and the proxy logs and counts
 * under that name what nobody else admits.
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
  const taken = namesTaken(objects);
  if (taken.length > 0) throw new ProblemError("Fence", taken);
  return objects;
}

/**
 * Workloads whose names and ports make one: `api` with a port `linkerd-admin`, and the Server of every proxy's own port. A `Fence` calls its
 * resources by namespace and name, so that these two have to differ, too.
 */
function namesTaken(objects: readonly LinkerdManifest[]): Problem[] {
  const seen = new Map<string, string>();
  return objects.flatMap(({ kind, metadata: { namespace, name } }): Problem[] => {
    const id = `${kind} ${namespace}-${name}`;
    const other = seen.get(id);
    seen.set(id, `${namespace}/${name}`);
    if (other === undefined) return [];
    const message = `the resources of the ${kind}s ${other} and ${namespace}/${name} would have one name`;
    const fix = "give one of the workloads another name, or its port by number";
    return [problem("name-taken", ["edges"], message, fix)];
  });
}

const isObserved = ({ enforce }: Workload): boolean => enforce?.ingress === false;

/** Observed, a Server admits everyone in addition: what only this admits is logged and counted as `audit`. */
const accessOf = (workload: Workload): Pick<ServerSpec, "accessPolicy"> =>
  isObserved(workload) ? { accessPolicy: "audit" } : {};

/** The proxy's own port: its metrics are for Prometheus, its probes for everyone, as Linkerd has it. */
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
  // A port that is said to take gRPC takes nothing else, whatever its access policy.
  if (isObserved(workload)) return "unknown";
  return entries.some(({ edge }) => edge.calls !== undefined) ? "gRPC" : "unknown";
}

/** Routes where an edge names requests, or where gRPC's health is probed, of which Linkerd's own probe route knows nothing. */
function httpRoutes(server: FencedServer, name: string, whole: readonly Entry[]): LinkerdManifest[] {
  const narrow = server.entries.flatMap(({ edge, caller }) =>
    [...(edge.requests ?? []), ...(edge.calls ?? []).map(asRequest)].flatMap((match) => partitioned(match, caller)),
  );
  const asksHealth = server.probes.some(({ grpc }) => grpc === true);
  if (narrow.length === 0 && !(asksHealth && !server.opaque)) return [];
  const allowed = [...narrow, ...server.probes.flatMap(probeRequests)];
  // Whoever may send everything is admitted by the Server, but on its own a request that no route takes is a 404.
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

/** A gRPC call as the request that it is. */
const asRequest = ({ service, method }: GrpcRequestMatch): HttpRequestMatch => ({
  methods: ["POST"],
  ...(method === undefined ? { pathPrefix: `/${service}` } : { path: `/${service}/${method}` }),
});

const anyone: Caller = { accounts: [], networks: everyAddress };

function probeRequests({ path, grpc }: FencedServer["probes"][number]) {
  const asked = grpc === true ? healthPath : path;
  if (asked === undefined) return [];
  const match = { methods: [grpc === true ? ("POST" as const) : ("GET" as const)], path: withoutQuery(asked) };
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
  // The route of a method takes its calls from that of its service, with everyone who may call the whole service.
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

/** Objects that admit a caller at a target; none without a caller. */
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

/** All of several callers, each once. */
function merged(callers: readonly Caller[]): { accounts: ServiceAccount[]; networks: NetworkBlock[] } {
  return {
    accounts: unique(callers.flatMap(({ accounts }) => accounts)),
    networks: unique(callers.flatMap(({ networks }) => networks)),
  };
}

function unique<T>(items: readonly T[]): T[] {
  return [...new Map(items.map((item) => [JSON.stringify(item), item])).values()];
}
