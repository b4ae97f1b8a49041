import { POLICY_GROUP } from "../api/object";
import type { Route } from "../api/route";
import { unusable } from "../api/route-match";
import type { Server } from "../api/server";
import { targetsKind } from "../api/target-ref";
import type { PolicyObjects } from "./objects";
import { append } from "./selector-index";

/** The status that Linkerd's status controller writes for a route and one of its parent Servers. */
export interface RouteStatus {
  route: Route;
  parent: { namespace: string; name: string };
  accepted: boolean;
  /** `RouteReasonConflicted`: a GRPCRoute has the same parent Server, so that no HTTPRoute is accepted there. */
  reason: "Accepted" | "NoMatchingParent" | "RouteReasonConflicted";
}

/** A route without effect on inbound traffic, and why. */
export interface IgnoredRoute {
  route: Route;
  reason: string;
}

/** The routes that are attached to each Server. */
export class Attachments {
  readonly statuses: RouteStatus[] = [];
  /** Routes that the policy controller drops entirely. Without others, their Servers fall back to the default route. */
  readonly ignored: IgnoredRoute[] = [];
  private readonly http = new Map<string, Route[]>();
  private readonly grpc = new Map<string, Route[]>();

  constructor({ servers, httpRoutes, grpcRoutes }: PolicyObjects) {
    const known = new Set(servers.map(({ namespace, name }) => key(namespace, name)));
    // Any GRPCRoute, of any namespace, prevents HTTPRoutes from being accepted, even if it has no effect itself.
    const withGrpcRoute = new Set(
      grpcRoutes.flatMap((route) => parentsOf(route).map(({ namespace, name }) => key(namespace, name))),
    );
    for (const route of [...httpRoutes, ...grpcRoutes]) {
      for (const parent of uniqueParents(route)) {
        const at = key(parent.namespace, parent.name);
        const conflicts = route.kind === "HTTPRoute" && withGrpcRoute.has(at);
        const reason = !known.has(at) ? "NoMatchingParent" : conflicts ? "RouteReasonConflicted" : "Accepted";
        this.statuses.push({ route, parent, accepted: reason === "Accepted", reason });
      }
      const problem = parentProblem(route) ?? unusable(route);
      if (problem !== undefined) this.ignored.push({ route, reason: problem });
    }
    const ignored = new Set(this.ignored.map(({ route }) => route));
    for (const { route, parent, accepted } of this.statuses) {
      if (!accepted || ignored.has(route) || parent.namespace !== route.namespace) continue;
      append(route.kind === "HTTPRoute" ? this.http : this.grpc, key(parent.namespace, parent.name), route);
    }
  }

  /** The routes in effect on a Server: those of its protocol. Others may be accepted, but have no effect. */
  of({ namespace, name, protocol }: Pick<Server, "namespace" | "name" | "protocol">): readonly Route[] {
    if (protocol === "opaque" || protocol === "tls") return [];
    return (protocol === "grpc" ? this.grpc : this.http).get(key(namespace, name)) ?? [];
  }
}

function parentsOf(route: Route): { namespace: string; name: string }[] {
  return route.parents
    .filter((parent) => targetsKind(parent, POLICY_GROUP, "Server"))
    .map(({ namespace, name }) => ({ namespace: namespace ?? route.namespace, name }));
}

function uniqueParents(route: Route): { namespace: string; name: string }[] {
  return [...new Map(parentsOf(route).map((parent) => [key(parent.namespace, parent.name), parent])).values()];
}

/** Why one of a route's parent Servers invalidates the whole route, if any does. */
function parentProblem(route: Route): string | undefined {
  for (const parent of route.parents) {
    if (!targetsKind(parent, POLICY_GROUP, "Server") || parent.name === "") continue;
    if (parent.namespace !== undefined && parent.namespace !== route.namespace) {
      return `its parent Server ${parent.namespace}/${parent.name} is in another namespace`;
    }
    if (parent.port !== undefined) return `its parent Server ${parent.name} is named with a port`;
    if (parent.sectionName !== undefined) return `its parent Server ${parent.name} is named with a sectionName`;
  }
  return undefined;
}

function key(namespace: string, name: string): string {
  return `${namespace}\0${name}`;
}
