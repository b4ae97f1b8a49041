import { getOrMakeWeak } from "../../common/maps";
import type { RawObject } from "../api/object";
import type { Server } from "../api/server";
import { Attachments, type IgnoredRoute, type RouteStatus } from "./attachment";
import { Authorizations, type IgnoredAuthorization } from "./authorizations";
import type { Client } from "./client";
import { type Decision, decisions } from "./decide";
import { type PolicyObjects, readObjects, type Undecodable } from "./objects";
import { RateLimits } from "./rate-limits";
import type { Request } from "./request";
import { append, SelectorIndex } from "./selector-index";
import { compareTexts, type PolicyRoute, ServerPolicies, type ServerPolicy } from "./server-policy";
import type { PolicySettings } from "./settings";
import type { PolicyWorkload } from "./workload";

/**
 * What is known about the order in which objects were created. It decides between Servers that select the same port, and between routes that match
 * a request equally well.
 *
 * - `manifests`: only what creationTimestamps tell. Objects without one come after all others, because they are not in the cluster yet; their order
 *   among each other is not known.
 * - `cluster`: objects without a creationTimestamp sort where the policy controller sorts them.
 */
export type CreationOrder = "manifests" | "cluster";

/**
 * Linkerd's inbound authorization, as its policy controller derives it from a set of objects and its proxies apply it.
 *
 * @example
 * new InboundPolicy(objects, CHART_SETTINGS).decide(workload, 8080, client, { protocol: "http1", method: "GET", path: "/" });
 */
export class InboundPolicy {
  readonly objects: PolicyObjects;
  readonly undecodable: readonly Undecodable[];
  private readonly authorizations: Authorizations;
  private readonly attachments: Attachments;
  private readonly policies: ServerPolicies;
  private readonly servers = new Map<string, SelectorIndex<Server>>();
  private readonly byPort = new WeakMap<PolicyWorkload, ReadonlyMap<number, Server[]>>();

  /**
   * @param raws The objects in the cluster, without those that the API server or the webhook refuses (`webhookRefusal`). Irrelevant kinds are
   *   ignored.
   */
  constructor(
    raws: readonly RawObject[],
    readonly settings: PolicySettings,
    private readonly order: CreationOrder = "manifests",
  ) {
    const { objects, undecodable } = readObjects(raws);
    this.objects = objects;
    this.undecodable = undecodable;
    this.authorizations = new Authorizations(objects, settings);
    this.attachments = new Attachments(objects);
    this.policies = new ServerPolicies(
      settings,
      this.authorizations,
      this.attachments,
      new RateLimits(objects.rateLimits, settings),
    );
    const byPlace = new Map<string, Server[]>();
    for (const server of objects.servers) append(byPlace, `${server.selects} ${server.namespace}`, server);
    for (const [place, servers] of byPlace) {
      this.servers.set(place, new SelectorIndex(servers.map((server) => [server, server.selector])));
    }
  }

  /** The status of each route, for each of its parent Servers. */
  get routeStatuses(): readonly RouteStatus[] {
    return this.attachments.statuses;
  }

  /** Routes that the API server accepts, but that have no effect on any Server. */
  get ignoredRoutes(): readonly IgnoredRoute[] {
    return this.attachments.ignored;
  }

  /** Authorizations and authentications that the policy controller ignores. */
  get ignoredAuthorizations(): readonly IgnoredAuthorization[] {
    return this.authorizations.ignored;
  }

  /** All Servers that select a workload, on whatever port. */
  serversOf(workload: PolicyWorkload): Server[] {
    const place = `${workload.kind === "pod" ? "pods" : "external-workloads"} ${workload.namespace}`;
    return this.servers.get(place)?.selecting(workload.labels) ?? [];
  }

  /** The Servers that select a port of a workload, in the cluster's order. Only the first one is in effect there. */
  serversOfPort(workload: PolicyWorkload, port: number): readonly Server[] {
    return getOrMakeWeak(this.byPort, workload, () => this.serversByPort(workload)).get(port) ?? [];
  }

  /** A workload with a thousand ports may have a Server for each. */
  private serversByPort(workload: PolicyWorkload): ReadonlyMap<number, Server[]> {
    const byPort = new Map<number, Server[]>();
    for (const server of this.serversOf(workload)) {
      const ports =
        typeof server.port === "number" ? [server.port] : (workload.namedPorts.get(server.port) ?? new Set<number>());
      for (const port of ports) append(byPort, port, server);
    }
    for (const servers of byPort.values()) servers.sort((a, b) => this.compareServers(a, b));
    return byPort;
  }

  /**
   * The policies that a port may have: one, unless several Servers select it and it is not known which is the oldest. Empty if the workload has no
   * proxy.
   */
  policiesOfPort(workload: PolicyWorkload, port: number): ServerPolicy[] {
    if (!workload.meshed) return [];
    const selecting = this.serversOfPort(workload, port);
    const owners = selecting.filter((server, index) =>
      selecting.every((other, place) => place >= index || !this.isOlder(other, server)),
    );
    if (owners.length === 0) return [this.policies.ofDefault(workload, port)];
    return owners.map((server) => this.policies.ofServer(server, workload, port));
  }

  /**
   * The decision about a request from a client. If it depends on something that the objects do not tell, all possible decisions, in the cluster's
   * order of names.
   */
  decide(workload: PolicyWorkload, port: number, client: Client, request: Request): Decision[] {
    if (!workload.meshed) return [{ verdict: "not-judged", authorizations: [], reason: "the workload has no proxy" }];
    const isFirst = (a: PolicyRoute, b: PolicyRoute) => this.isOlder(named(a), named(b));
    const all = this.policiesOfPort(workload, port).flatMap((policy) =>
      decisions(policy, port, client, request, isFirst),
    );
    return [...new Map(all.map((decision) => [decisionKey(decision), decision])).values()];
  }

  /** Whether an object is known to be older than another, or of the same second and earlier by name. */
  private isOlder(
    a: { name: string; createdAt?: number | undefined },
    b: { name: string; createdAt?: number | undefined },
  ): boolean {
    if (this.order === "cluster") return true;
    if (a.createdAt === undefined) return false;
    return b.createdAt === undefined || a.createdAt <= b.createdAt;
  }

  private compareServers(a: Server, b: Server): number {
    const absent = this.order === "cluster" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
    const byTime = (a.createdAt ?? absent) - (b.createdAt ?? absent);
    return byTime !== 0 && !Number.isNaN(byTime) ? byTime : compareTexts(a.name, b.name);
  }
}

function named({ ref, createdAt }: PolicyRoute): { name: string; createdAt?: number | undefined } {
  return { name: ref.name, createdAt };
}

/** Equal for equal decisions; the order of authorizations does not matter. */
export function decisionKey({ verdict, status, grpc, owner, protocol, route, authorizations }: Decision): string {
  const refs = authorizations.map(({ kind, name }) => `${kind}/${name}`).sort();
  return JSON.stringify([verdict, status, grpc, owner, protocol, route, refs]);
}
