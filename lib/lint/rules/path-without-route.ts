import type { HttpMatchSpec, HttpRoute, RouteParent } from "../../linkerd/api/route";
import { type ClientAuthorization, LOCALHOST } from "../../linkerd/policy/authorization";
import { ANYWHERE } from "../../linkerd/policy/client";
import type { HttpRequest } from "../../linkerd/policy/request";
import type { PolicyRoute, ServerPolicy } from "../../linkerd/policy/server-policy";
import { authorizationWords } from "../../linkerd/policy/words";
import { someOf } from "../../reachability/words";
import { backendsOf, serviceNamed, targetsOf } from "../backends";
import type { LintContext } from "../context";
import { type LintRule, type Observation, Severity } from "../finding";
import type { LinkerdContext, MeshedPod } from "../linkerd-context";

export const pathWithoutRoute: LintRule = {
  id: "path-without-route",
  severity: Severity.Warning,
  title: "A Server whose routes do not cover all requests",
  why:
    "A Server without routes has a default route, which takes every request. The first HTTPRoute or GRPCRoute that is attached replaces it: a request that no route takes gets 404, " +
    "before any authorization is checked. So a route that admits some clients on one path closes all other paths to the clients that the Server itself admits, and requests that another " +
    "route sends to the Service may go nowhere. A GRPCRoute without rules takes nothing at all.",
  fix:
    "Attach a route for everything else (`path: {value: /}`), where the Server's own authorizations apply. If nothing else should be answered, target the routes with the authorizations " +
    "instead of the Server.",
  *check(context) {
    const { linkerd } = context;
    if (linkerd === undefined) return;
    yield* authorizedAsAWhole(linkerd);
    for (const route of linkerd.policy.objects.httpRoutes) yield* sentByOthers(context, linkerd, route);
  },
};

/** Servers that admit clients to everything, but have routes, meant to admit others, that take only some requests. */
function* authorizedAsAWhole(linkerd: LinkerdContext): Generator<Observation> {
  for (const server of linkerd.policy.objects.servers) {
    const found = linkerd
      .selectedBy(server)
      .flatMap((pod) => linkerd.portsOf(server, pod).map((port) => ({ pod, port })))
      .find(({ pod, port }) => linkerd.owns(server, pod, port));
    if (found === undefined) continue;
    const { pod, port } = found;
    const [policy] = linkerd.policy.policiesOfPort(pod.workload, port);
    const attached = attachedTo(policy);
    if (policy === undefined || policy.invalid !== undefined || attached.length === 0) continue;
    if (attached.every(({ route }) => route?.rules.length === 0)) {
      const without = attached.map(({ ref }) => `${ref.kind} ${ref.name}`);
      const message = `${someOf(without, 3)} ${without.length === 1 ? "has" : "have"} no rules and no other route is attached, so everything gets 404 on port ${port} of ${pod.facts.id}`;
      yield {
        linkerd: linkerd.placeOf("Server", server),
        path: ["spec"],
        data: { port, pod: pod.facts.id, routes: without },
        message,
      };
      continue;
    }
    const whole = policy.authorizations.filter((one) => one !== LOCALHOST);
    const letsInOthers = attached.some((route) => ownOf(route, policy.authorizations).length > 0);
    if (whole.length === 0 || !letsInOthers || isTaken(linkerd, pod, port, unlisted(policy))) continue;
    const whoever = [...new Set(whole.map(({ ref }) => authorizationWords(ref, policy.owner)))].sort();
    const names = attached.map(({ ref }) => `${ref.kind} ${ref.name}`);
    const message = `${someOf(whoever, 3)} ${whoever.length === 1 ? "admits" : "admit"} clients to the whole Server, but since ${someOf(names, 3)} ${names.length === 1 ? "is" : "are"} attached, requests that ${names.length === 1 ? "it does" : "they do"} not take get 404 on port ${port} of ${pod.facts.id}`;
    yield {
      linkerd: linkerd.placeOf("Server", server),
      path: ["spec"],
      data: { port, pod: pod.facts.id, routes: names, admits: whoever },
      message,
    };
  }
}

/** Requests that a route of a Service or a Gateway sends to a port whose Server has no route for them. */
function* sentByOthers(context: LintContext, linkerd: LinkerdContext, route: HttpRoute): Generator<Observation> {
  for (const [place, { matches, backends, filters }] of route.rules.entries()) {
    // A filter that rewrites or redirects changes the request.
    if (filters.some(({ kind }) => kind === "unsupported" || kind === "redirect")) continue;
    const named = backends.filter(({ kind = "Service" }) => kind === "Service");
    const services = named.length > 0 ? named : route.parents.filter(isService);
    for (const [at, match] of matches.entries())
      for (const { name, namespace = route.namespace, port } of services) {
        const service = name === undefined ? undefined : serviceNamed(context, namespace, name);
        if (service === undefined) continue;
        const lost = backendsOf(context, service).flatMap((known) => {
          const pod = linkerd.pods.find(({ facts }) => facts === known.facts);
          if (pod === undefined) return [];
          return targetsOf(known, service, port).flatMap((target) => {
            const [policy, other] = linkerd.policy.policiesOfPort(pod.workload, target);
            const isLost = other === undefined && isUnanswered(linkerd, pod, target, policy, route, match);
            return isLost ? [{ id: pod.facts.id, target, server: policy?.server?.name ?? "" }] : [];
          });
        });
        const [first] = lost;
        if (first === undefined) continue;
        const path = ["spec", "rules", place, "matches", at];
        const message = `sends ${match.method ?? "requests"} for ${match.path.value} to port ${first.target} of ${first.id}, where no route of Server ${first.server} takes them: 404`;
        yield {
          linkerd: linkerd.placeOf("HTTPRoute", route),
          path,
          data: {
            method: match.method,
            path: match.path.value,
            pod: first.id,
            port: first.target,
            server: first.server,
          },
          message,
        };
        break;
      }
  }
}

const isService = ({ kind, group }: RouteParent) => kind === "Service" && (group === "" || group === "core");

/** Whether no request of a match is answered. If a part of a prefix is answered, that is no mistake. */
function isUnanswered(
  linkerd: LinkerdContext,
  pod: MeshedPod,
  port: number,
  policy: ServerPolicy | undefined,
  route: HttpRoute,
  { path, headers = [], queryParams = [], method }: HttpMatchSpec,
): boolean {
  const attached = attachedTo(policy);
  if (policy?.server === undefined || attached.length === 0 || policy.protocol === "grpc") return false;
  const ofHosts = attached.some(({ hosts }) => hosts.length > 0);
  const isPattern = [path, ...headers, ...queryParams].some(({ type }) => type === "RegularExpression");
  if (isPattern || (ofHosts && route.hostnames.length === 0)) return false;
  if (path.type === "PathPrefix" && attached.some((one) => mayTakeBelow(one, path.value))) return false;
  const query = queryParams.map(({ name, value }) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`);
  const hosts = ofHosts ? route.hostnames.map((host) => host.replace(/^\*/, "any")) : [undefined];
  const protocol = policy.protocol === "http2" ? "http2" : "http1";
  const methods = method === undefined ? ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"] : [method];
  return methods.every((verb) =>
    hosts.every(
      (host) =>
        !isTaken(linkerd, pod, port, {
          ...{ protocol, method: verb, path: query.length === 0 ? path.value : `${path.value}?${query.join("&")}` },
          headers: headers.map(({ name, value }) => [name, value] as const),
          ...(host !== undefined && { host }),
        }),
    ),
  );
}

/** Whether a route takes, or may take, something below a path. */
function mayTakeBelow({ route }: PolicyRoute, prefix: string): boolean {
  if (route?.kind !== "HTTPRoute") return true;
  return route.rules.some(({ matches }) =>
    matches.some(({ path }) => path.type === "RegularExpression" || path.value.startsWith(prefix.replace(/\/+$/, "/"))),
  );
}

/** A request that no route names. */
function unlisted({ protocol }: ServerPolicy): HttpRequest {
  if (protocol === "grpc") return { protocol: "grpc", method: "POST", path: "/meshfence.Unlisted/Call" };
  return { protocol: protocol === "http2" ? "http2" : "http1", method: "GET", path: "/meshfence/unlisted" };
}

function isTaken(linkerd: LinkerdContext, { workload }: MeshedPod, port: number, request: HttpRequest): boolean {
  const client = { blocks: ANYWHERE, tls: "none", via: "direct" } as const;
  return linkerd.policy.decide(workload, port, client, request).some(({ verdict }) => verdict !== "not-found");
}

const attachedTo = (policy: ServerPolicy | undefined): PolicyRoute[] =>
  (policy?.routes ?? []).filter(({ ref }) => ref.kind !== "default");

const ownOf = ({ authorizations }: PolicyRoute, ofServer: readonly ClientAuthorization[]) =>
  authorizations.filter((one) => !ofServer.includes(one));
