import { NO_DECISION } from "../../cilium/policy/decision";
import { getOrMake } from "../../common/maps";
import { parseAddress } from "../../kubernetes/cidr";
import type { Destination, Egress, EgressPolicy } from "../../linkerd/policy/egress";
import type { EndpointFacts } from "../../scenario/scenario";
import type { AuthorizationClients } from "./authorization-clients";
import type { LinkerdDecision, RouteDecision } from "./linkerd-decision";
import { breadth, matchesOf, type RequestMatch, requestWords } from "./request-match";

/**
 * The destination of an endpoint that clients' proxies treat as outside the cluster; undefined for any other. Nodes and the API server are inside:
 * they have addresses of the cluster's networks, or a Service.
 */
export function outsideDestination({
  namespace,
  reserved = [],
  ip,
  fqdn,
  external,
}: EndpointFacts): Omit<Destination, "port"> | undefined {
  // Proxies look up Services before EgressNetworks.
  if (namespace !== undefined || external?.hasService === true) return undefined;
  if (reserved.length > 0) return reserved.includes("world") && !reserved.includes("kube-apiserver") ? {} : undefined;
  const address = ip === undefined ? undefined : parseAddress(ip);
  if (address === undefined) return undefined;
  // The addresses behind a DNS name are unknown.
  return fqdn === undefined ? { address } : { isName: true };
}

/** A port outside the cluster, guarded by the clients' own proxies. */
export class EgressGate {
  private known: Int32Array | undefined;

  constructor(
    private readonly policy: EgressPolicy,
    private readonly destination: Destination,
    private readonly clients: AuthorizationClients,
    private readonly number: (decision: LinkerdDecision) => number,
  ) {}

  numbers(): Int32Array {
    this.known ??= this.decide();
    return this.known;
  }

  private decide(): Int32Array {
    const byNamespace = new Map<string | undefined, number>();
    return Int32Array.from(this.clients.all, ({ leaving }) => {
      if (leaving === undefined || leaving.skipped.includes(this.destination.port)) return NO_DECISION;
      return getOrMake(byNamespace, leaving.namespace, () => {
        const decision = decided(this.policy.decide(leaving.namespace, this.destination), this.destination);
        return decision === undefined ? NO_DECISION : this.number(decision);
      });
    });
  }
}

/** Undefined if the proxies let everything out. */
function decided(all: readonly Egress[], destination: Destination): LinkerdDecision | undefined {
  const decisions = all.map((one) => decisionOf(one));
  const [first] = decisions;
  if (decisions.every((one) => JSON.stringify(one) === JSON.stringify(first))) return first;
  const owners = [...new Set(decisions.flatMap((one) => one?.owner ?? []))].sort();
  const reason = destination.isName
    ? `the address that the name has: ${owners.join(" and ")} tell${owners.length === 1 ? "s" : ""} addresses apart`
    : `which of the EgressNetworks is the older: ${owners.join(" and ")}`;
  return {
    verdict: "unknown",
    owner: owners.join(" or "),
    reason,
    objects: decisions.flatMap((one) => one?.objects ?? []),
  };
}

function decisionOf(egress: Egress): LinkerdDecision | undefined {
  if (egress.kind === "free") return undefined;
  const { network, routes, unclear } = egress;
  const { namespace, name } = network;
  const owner = `EgressNetwork ${namespace}/${name}`;
  const objects = [
    { kind: "EgressNetwork", namespace, name },
    ...routes.map((route) => ({ kind: route.kind, namespace: route.namespace, name: route.name })),
  ];
  if (unclear !== undefined) return { verdict: "unknown", owner, reason: unclear, objects };
  if (routes.length === 0) {
    const reason = `${owner} keeps the client's proxy from sending to this port (403, or closed)`;
    return { verdict: "denied", owner, reason, objects };
  }
  const taken = routes.flatMap((route): readonly RequestMatch[] => {
    if ("hasBackends" in route)
      return [{ notHttp: true, ...(route.hostnames.length > 0 && { hosts: [...route.hostnames].sort() }) }];
    return matchesOf(route);
  });
  const distinct = new Map(taken.map((match) => [requestWords(match), match]));
  const matches = [...distinct].map(([requests, match]): RouteDecision => ({ requests, match, verdict: "allowed" }));
  const admittedBy = routes.map((route) => `${route.kind} ${route.name}`).sort();
  // A TCPRoute takes all traffic of its port, including the application's own TLS, which HTTP routes do not match.
  if (routes.some(({ kind }) => kind === "TCPRoute")) return { verdict: "allowed", owner, admittedBy, objects };
  if (matches.length === 0) {
    const reason = `${owner} has routes for this port, but none of them matches anything (403)`;
    return { verdict: "denied", owner, reason, objects };
  }
  const sorted = matches.sort(
    (a, b) => breadth(b.match ?? {}) - breadth(a.match ?? {}) || (a.requests < b.requests ? -1 : 1),
  );
  // A port with TLSRoutes speaks only TLS, which has no status codes.
  const status = routes.some(({ kind }) => kind === "TLSRoute") ? "closed" : 403;
  const rest: RouteDecision = { requests: "everything else", verdict: "denied", status };
  return { verdict: "allowed", owner, admittedBy, objects, routes: [...sorted, rest] };
}
