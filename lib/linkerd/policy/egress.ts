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
  /** No EgressNetwork is about it, or the one that is lets everything out. */
  | { kind: "free" }
  | {
      kind: "denied";
      network: EgressNetwork;
      /** Those that its port has, of the one kind that counts: what none of them takes is refused. */
      routes: readonly (Route | ConnectionRoute)[];
      /** Why it cannot be said what a route does. */
      unclear?: string;
    };

/** Where a connection goes to. */
export interface Destination {
  /** Absent: somewhere in the world, in none of the blocks that are named. */
  address?: Prefix;
  /** Whether that address stands for one that is not known. */
  isName?: boolean;
  port: number;
}

/** Of two routes for one port the one of the kind that stands first counts (`grpc/src/outbound.rs`, `to_proto`). */
const KINDS = ["GRPCRoute", "HTTPRoute", "TLSRoute", "TCPRoute"] as const;

/**
 * Linkerd's EgressNetworks, as its policy controller looks them up for a client (`k8s/index/src/outbound/index/egress_network.rs` of edge-26.8.3): those of the
 * client's namespace, or where it has none those of one namespace for all.
 */
export class EgressPolicy {
  readonly networks: readonly EgressNetwork[];
  private readonly routes: readonly (Route | ConnectionRoute)[];
  private readonly taken: ReadonlySet<string>;

  constructor(
    { egressNetworks, httpRoutes, grpcRoutes, connectionRoutes }: PolicyObjects,
    private readonly settings: Pick<PolicySettings, "clusterNetworks" | "egressNamespace">,
  ) {
    this.networks = egressNetworks;
    this.routes = [...grpcRoutes, ...httpRoutes, ...connectionRoutes];
    this.taken = new Set(
      this.routes.flatMap((route) => parentsOf(route).map((parent) => `${route.kind} ${keyOf(parent)}`)),
    );
  }

  /** All that may be, in no order: several where the objects do not say which of two networks is the older. */
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

  /** The ports that routes are for. */
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
    // A name may stand for an address in any of the blocks.
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
    const kind = KINDS.find((one) => this.taken.has(`${one} ${keyOf(parent)}`));
    const routes = !isAccepted
      ? []
      : this.routes.filter(
          (route) =>
            route.kind === kind &&
            // One of another namespace is for the clients of that namespace.
            (route.namespace === network.namespace || route.namespace === namespace) &&
            parentsOf(route).some((one) => keyOf(one) === keyOf(parent)),
        );
    const unclear = routes.map(problemOf).find((problem) => problem !== undefined);
    return { kind: "denied", network, routes, ...(unclear !== undefined && { unclear }) };
  }

  /** Absent: everything but what is the cluster's. */
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

/** What a route sends elsewhere, or changes, is not followed. */
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

/** The older counts, then the earlier by namespace and name; of two without a time it is not known. */
function isOlder(a: EgressNetwork, b: EgressNetwork): boolean {
  if (a.createdAt === undefined || b.createdAt === undefined) return a.createdAt !== undefined;
  if (a.createdAt !== b.createdAt) return a.createdAt < b.createdAt;
  return `${a.namespace}\0${a.name}` < `${b.namespace}\0${b.name}`;
}

/** IPv4 alone: what is said of the world is said of its IPv4 addresses. */
const isWhole = ({ cidr }: Network) => cidr.family === 4 && cidr.bits === 0;

/** As `Network::block_size` counts: a block without its network's and broadcast addresses, less its exceptions. */
function sizeOf({ cidr, except }: Network): bigint {
  const size = ({ family, bits }: Prefix) => {
    const all = 1n << BigInt((family === 4 ? 32 : 128) - bits);
    return family === 4 && bits < 31 ? all - 2n : all;
  };
  return except.reduce((left, one) => left - size(one), size(cidr));
}

/** As `Network::intersect` has it. */
function intersects({ cidr, except }: Network, block: Prefix): boolean {
  if (except.some((one) => prefixContains(one, block))) return false;
  return prefixContains(block, cidr) || prefixContains(cidr, block);
}
