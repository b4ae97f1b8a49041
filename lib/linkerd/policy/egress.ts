import { type Prefix, prefixContains } from "../../kubernetes/cidr";
import type { EgressNetwork } from "../api/limits";
import { EVERYWHERE, type Network, networkContains } from "../api/network";
import { POLICY_GROUP } from "../api/object";
import type { Route } from "../api/route";
import { unusable } from "../api/route-match";
import { targetsKind } from "../api/target-ref";
import type { ConnectionRoute, PolicyObjects } from "./objects";
import type { PolicySettings } from "./settings";

/** What a client's proxy does with connections that leave the cluster. */
export type Egress =
  /** No EgressNetwork contains the destination, or the one that does allows everything. */
  | { kind: "free" }
  | {
      kind: "denied";
      network: EgressNetwork;
      /** The routes for the port, of the one kind that counts. Traffic that none of them matches is denied. */
      routes: readonly (Route | ConnectionRoute)[];
      /** Why it is not known what one of the routes does. */
      unclear?: string;
    };

/** The destination of a connection. */
export interface Destination {
  /** Absent: an address in the world that is in none of the blocks that objects name. */
  address?: Prefix;
  /** Whether it is a DNS name, whose real address is not known. */
  isName?: boolean;
  port: number;
}

/** If a port has routes of several kinds, the first of these kinds counts (`grpc/src/outbound.rs`, `to_proto`). */
const KINDS = ["GRPCRoute", "HTTPRoute", "TLSRoute", "TCPRoute"] as const;

/**
 * Linkerd's EgressNetworks, as its policy controller looks them up for a client (`k8s/index/src/outbound/index/egress_network.rs` of edge-26.8.3):
 * those of the client's namespace or, if it has none, those of the global egress namespace.
 */
export class EgressPolicy {
  readonly networks: readonly EgressNetwork[];
  private readonly routes: readonly (Route | ConnectionRoute)[];
  /** The kinds of routes of each port of each network, as `KIND NAMESPACE/NAME:PORT`. */
  private readonly kindsOfPorts: ReadonlySet<string>;

  constructor(
    { egressNetworks, httpRoutes, grpcRoutes, connectionRoutes }: PolicyObjects,
    private readonly settings: Pick<PolicySettings, "clusterNetworks" | "egressNamespace">,
  ) {
    this.networks = egressNetworks;
    this.routes = [...grpcRoutes, ...httpRoutes, ...connectionRoutes];
    this.kindsOfPorts = new Set(
      this.routes.flatMap((route) => parentsOf(route).map((parent) => `${route.kind} ${keyOf(parent)}`)),
    );
  }

  /** All possible outcomes, unordered: several if it is not known which of two networks is older. */
  decide(namespace: string | undefined, destination: Destination): Egress[] {
    const own = this.networks.filter((network) => network.namespace === namespace);
    const considered =
      own.length > 0 ? own : this.networks.filter((network) => network.namespace === this.settings.egressNamespace);
    const found = this.resolved(considered, destination);
    if (found.length === 0) return [{ kind: "free" }];
    return found.map((network) =>
      network === undefined ? { kind: "free" } : this.egressOf(network, namespace, destination.port),
    );
  }

  /** The ports that routes name. */
  get ports(): readonly number[] {
    const named = this.routes.flatMap(parentsOf).map(({ port }) => port);
    return [...new Set(named)].filter((port) => port > 0 && port < 65_536).sort((a, b) => a - b);
  }

  private resolved(
    networks: readonly EgressNetwork[],
    { address, isName = false }: Destination,
  ): (EgressNetwork | undefined)[] {
    const sized = networks.flatMap((network) => {
      const sizes = this.blocksOf(network)
        .filter((block) => (address === undefined ? isWhole(block) : networkContains(block, address)))
        .map(sizeOf);
      const [smallest] = sizes.sort((a, b) => (a < b ? -1 : 1));
      return smallest === undefined ? [] : [{ network, size: smallest }];
    });
    const best = sized.filter(({ size }) => sized.every((other) => size <= other.size)).map(({ network }) => network);
    const oldest = best.filter((one) => !best.some((other) => other !== one && isOlder(other, one)));
    if (!isName) return oldest;
    // The address of a name may be in any of the blocks.
    const narrower = networks.filter((network) => this.blocksOf(network).some((block) => !isWhole(block)));
    return [...new Set([...(oldest.length === 0 ? [undefined] : oldest), ...narrower])];
  }

  private egressOf(network: EgressNetwork, namespace: string | undefined, port: number): Egress {
    if (network.spec.trafficPolicy === "Allow") return { kind: "free" };
    const parent = { namespace: network.namespace, name: network.name, port };
    // The status controller accepts no route of a network that overlaps the cluster's own.
    const isAccepted = !this.blocksOf(network).some((block) =>
      this.settings.clusterNetworks.some(({ cidr }) => intersects(block, cidr)),
    );
    const kind = KINDS.find((one) => this.kindsOfPorts.has(`${one} ${keyOf(parent)}`));
    const routes = !isAccepted
      ? []
      : this.routes.filter(
          (route) =>
            route.kind === kind &&
            // A route of another namespace applies only to clients of that namespace.
            (route.namespace === network.namespace || route.namespace === namespace) &&
            parentsOf(route).some((one) => keyOf(one) === keyOf(parent)),
        );
    const unclear = routes.map(problemOf).find((problem) => problem !== undefined);
    return { kind: "denied", network, routes, ...(unclear !== undefined && { unclear }) };
  }

  /** By default a network is everything outside the cluster. */
  private blocksOf({ spec }: EgressNetwork): readonly Network[] {
    const except = this.settings.clusterNetworks.map(({ cidr }) => cidr);
    return (
      spec.networks ??
      EVERYWHERE.map(({ cidr }) => ({ cidr, except: except.filter(({ family }) => family === cidr.family) }))
    );
  }
}

interface Parent {
  namespace: string;
  name: string;
  port: number;
}

function parentsOf({ parents, namespace }: Route | ConnectionRoute): Parent[] {
  return parents.flatMap((parent) =>
    targetsKind(parent, POLICY_GROUP, "EgressNetwork") && parent.port !== undefined
      ? [{ namespace: parent.namespace ?? namespace, name: parent.name, port: parent.port }]
      : [],
  );
}

const keyOf = ({ namespace, name, port }: Parent) => `${namespace}/${name}:${port}`;

/** Why the effect of a route is not known: its backends and filters are not evaluated. */
function problemOf(route: Route | ConnectionRoute): string | undefined {
  const words = `${route.kind} ${route.namespace}/${route.name}`;
  if ("hasBackends" in route) return route.hasBackends ? `${words} sends it to a backend of its own` : undefined;
  const reason = unusable(route);
  if (reason !== undefined) return `${words}: ${reason}`;
  const elsewhere = route.rules.some(
    ({ backends, filters }) =>
      filters.length > 0 || backends.some(({ kind, group }) => kind !== "EgressNetwork" || group !== POLICY_GROUP),
  );
  return elsewhere ? `${words} sends it to a backend of its own, or changes it` : undefined;
}

/** Whether `a` is known to take precedence: the older one does, then the first by namespace and name. */
function isOlder(a: EgressNetwork, b: EgressNetwork): boolean {
  if (a.createdAt === undefined || b.createdAt === undefined) return a.createdAt !== undefined;
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt;
  return `${a.namespace}\0${a.name}` < `${b.namespace}\0${b.name}`;
}

/** Whether a block is all of IPv4. The world stands for its IPv4 addresses. */
const isWhole = ({ cidr }: Network) => cidr.family === 4 && cidr.bits === 0;

/** The number of addresses, as `Network::block_size` counts them: without network and broadcast addresses, and without exceptions. */
function sizeOf({ cidr, except }: Network): bigint {
  const size = ({ family, bits }: Prefix) => {
    const all = 1n << BigInt((family === 4 ? 32 : 128) - bits);
    return family === 4 && bits < 31 ? all - 2n : all;
  };
  return except.reduce((left, one) => left - size(one), size(cidr));
}

/** `Network::intersect`. */
function intersects({ cidr, except }: Network, block: Prefix): boolean {
  if (except.some((one) => prefixContains(one, block))) return false;
  return prefixContains(block, cidr) || prefixContains(cidr, block);
}
