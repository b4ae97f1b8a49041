import { SERVICE_ACCOUNT_KEY } from "../cilium/api/labels";
import { append, getOrMake } from "../common/maps";
import { type Prefix, parseAddress } from "../kubernetes/cidr";
import { accountIdentity, type MeshNames } from "../linkerd/api/identity";
import { ANYWHERE } from "../linkerd/policy/client";
import type { ServerPolicy } from "../linkerd/policy/server-policy";
import { DEFAULT_SKIPPED_PORTS } from "../linkerd/wire/wire";
import type { EndpointFacts, Scenario } from "../scenario/scenario";

/** Somebody who may ask, as far as Linkerd tells clients apart. */
export interface AuthorizationClient {
  /** Where its address may lie. */
  blocks: readonly Prefix[];
  /** Where probes come from. */
  isNode: boolean;
  /** Whether its proxy has an identity to show. */
  isMeshed: boolean;
  /** Which, where its service account is known. */
  identity?: string;
  /** What would have to be known to say which service account it has. */
  unknownAccount?: string;
  /** With a proxy, where it matters to what that lets out: its namespace, and the ports that pass it by. */
  leaving?: { namespace?: string; skipped: readonly number[] };
}

/** All endpoints of a scenario as clients: those of one service account are one. */
export class AuthorizationClients {
  readonly all: AuthorizationClient[] = [];
  /** By place in the scenario, the place in {@link all}. */
  readonly clientOf: Int32Array;
  /** Clients that differ in nothing but their identities, as if they had none but those that are URIs. */
  readonly kinds: readonly AuthorizationClient[];
  /** By place in {@link all}, the place in {@link kinds}. */
  readonly kindOf: Int32Array;
  /** Clients of one kind that follow each other in {@link all}, from a place up to another: those with proxies are most, and mostly in one row. */
  readonly rows: readonly { kind: number; from: number; until: number }[];
  /** Those whose service account is not known, by their places in {@link all}: what would have to be known. */
  readonly withUnknownAccount: ReadonlyMap<number, string>;
  private readonly places = new Map<string, number>();
  private readonly byId = new Map<string, number>();
  private readonly byIdentity = new Map<string, number[]>();
  private readonly bySuffix = new Map<string, readonly number[]>();

  /** @param byPlace Whether clients of several namespaces, or with other ports that pass the proxy by, are to be told apart. */
  constructor(scenario: Scenario, names: MeshNames, byPlace = false) {
    const { endpoints } = scenario;
    const somewhere = blocksOf(scenario);
    this.clientOf = Int32Array.from(endpoints, (endpoint) => {
      const leaving = byPlace ? leavingOf(endpoint) : undefined;
      const key = leaving === undefined ? keyOf(endpoint) : `${keyOf(endpoint)} ${JSON.stringify(leaving)}`;
      const place = getOrMake(
        this.places,
        key,
        () => this.all.push({ ...clientOf(endpoint, names, somewhere), ...(leaving !== undefined && { leaving }) }) - 1,
      );
      this.byId.set(endpoint.id, place);
      return place;
    });
    this.withUnknownAccount = new Map(
      this.all.flatMap(({ unknownAccount }, place) => (unknownAccount === undefined ? [] : [[place, unknownAccount]])),
    );
    for (const [place, { identity }] of this.all.entries())
      if (identity !== undefined) append(this.byIdentity, identity, place);
    const kinds = new Map<string, number>();
    const alike: AuthorizationClient[] = [];
    this.kindOf = Int32Array.from(this.all, ({ identity, leaving: _, ...client }) => {
      const { blocks, isNode, isMeshed } = client;
      // A pattern that means everybody does not mean those.
      const own = identity?.includes("://") ? { identity } : {};
      const key = `${isNode} ${isMeshed} ${blocks.map(({ family, address, bits }) => `${family} ${address} ${bits}`)} ${own.identity}`;
      return getOrMake(kinds, key, () => alike.push({ ...client, ...own }) - 1);
    });
    this.kinds = alike;
    this.rows = rowsOf(this.kindOf);
  }

  /** The client that an endpoint is. */
  numberOf(id: string): number | undefined {
    return this.byId.get(id);
  }

  /** The clients whose identities policies name, or that a pattern of theirs means. */
  named(policies: readonly ServerPolicy[]): Set<number> {
    const found = new Set<number>();
    const add = (identity: string) => {
      for (const place of this.byIdentity.get(identity) ?? []) found.add(place);
    };
    for (const { authorizations, routes, rateLimit } of policies) {
      for (const identity of rateLimit?.overrides.keys() ?? []) add(identity);
      for (const list of [authorizations, ...routes.map((route) => route.authorizations)]) {
        for (const { authentication } of list) {
          if (authentication.kind !== "identity") continue;
          for (const identity of authentication.identities) add(identity);
          for (const suffix of authentication.suffixes) for (const place of this.endingIn(suffix)) found.add(place);
        }
      }
    }
    return found;
  }

  /** `*` means everybody who has an identity, so nobody in particular. */
  private endingIn(suffix: string): readonly number[] {
    if (suffix === "") return [];
    return getOrMake(this.bySuffix, suffix, () =>
      [...this.byIdentity].flatMap(([identity, places]) => (identity.endsWith(suffix) ? places : [])),
    );
  }
}

function rowsOf(kindOf: Int32Array): { kind: number; from: number; until: number }[] {
  const rows: { kind: number; from: number; until: number }[] = [];
  for (const [place, kind] of kindOf.entries()) {
    const last = rows.at(-1);
    if (last?.kind === kind) last.until = place + 1;
    else rows.push({ kind, from: place, until: place + 1 });
  }
  return rows;
}

function keyOf(endpoint: EndpointFacts): string {
  const { namespace, serviceAccount, ip, mesh, external } = endpoint;
  if (external !== undefined) return `external ${ip} ${external.identity}`;
  const unknown = unknownAccountOf(endpoint);
  if (unknown !== undefined) return `unknown ${namespace} ${unknown}`;
  if (mesh?.injected === true && serviceAccount !== undefined) return `account ${namespace}/${serviceAccount}`;
  return `other ${ip ?? ""} ${isOfNode(endpoint)} ${isPod(endpoint)} ${mesh?.injected === true}`;
}

function unknownAccountOf({ mesh, unknownLabels }: EndpointFacts): string | undefined {
  return mesh?.injected === true ? unknownLabels?.[SERVICE_ACCOUNT_KEY] : undefined;
}

function leavingOf({ namespace, mesh, external }: EndpointFacts): AuthorizationClient["leaving"] {
  // What a machine outside sends to the world is nobody's egress.
  if (mesh?.injected !== true || external !== undefined) return undefined;
  return { ...(namespace !== undefined && { namespace }), skipped: mesh.skipOutboundPorts ?? DEFAULT_SKIPPED_PORTS };
}

/** Where addresses that are not known may lie. */
interface Somewhere {
  pods: readonly Prefix[];
  others: readonly Prefix[];
}

/** Pods have addresses of the families that agents give them, and whoever connects to one has an address of one of these. */
function blocksOf({ cluster, endpoints, nodeSettings = [] }: Scenario): Somewhere {
  const isOn = (name: "ipv4" | "ipv6") =>
    cluster?.[name] !== false || nodeSettings.some((own) => name === "ipv6" && own.cluster.ipv6 === true);
  const given = ANYWHERE.filter(({ family }) => isOn(family === 4 ? "ipv4" : "ipv6"));
  const pods = given.length > 0 ? given : ANYWHERE;
  // A machine outside the cluster has whatever address it has, and so has who connects to it from there.
  const hasMachines = endpoints.some(({ external }) => external !== undefined);
  return { pods, others: hasMachines ? ANYWHERE : pods };
}

function clientOf(endpoint: EndpointFacts, names: MeshNames, somewhere: Somewhere): AuthorizationClient {
  const { namespace, serviceAccount, mesh, ip, external } = endpoint;
  const isMeshed = mesh?.injected === true;
  const unknownAccount = unknownAccountOf(endpoint);
  const address = ip === undefined ? undefined : parseAddress(ip);
  return {
    // Pods have whatever address they get; so have the nodes.
    blocks: address === undefined ? somewhere[isPod(endpoint) ? "pods" : "others"] : [address],
    isNode: isOfNode(endpoint),
    isMeshed,
    ...(external !== undefined && { identity: external.identity }),
    ...(unknownAccount !== undefined && { unknownAccount }),
    ...(isMeshed &&
      serviceAccount !== undefined &&
      namespace !== undefined && { identity: accountIdentity(serviceAccount, namespace, names) }),
  };
}

const isPod = ({ namespace, external }: EndpointFacts): boolean =>
  namespace !== undefined && namespace !== "" && external === undefined;

const isOfNode = ({ reserved = [] }: EndpointFacts): boolean =>
  reserved.includes("host") || reserved.includes("remote-node");
