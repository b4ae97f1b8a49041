import { SERVICE_ACCOUNT_KEY } from "../../cilium/api/labels";
import { append, getOrMake } from "../../common/maps";
import { type Prefix, parseAddress } from "../../kubernetes/cidr";
import { accountIdentity, type MeshNames } from "../../linkerd/api/identity";
import { ANYWHERE } from "../../linkerd/policy/client";
import type { ServerPolicy } from "../../linkerd/policy/server-policy";
import { DEFAULT_SKIPPED_PORTS } from "../../linkerd/wire/wire";
import type { EndpointFacts, Scenario } from "../../scenario/scenario";

/** A client, as far as Linkerd's authorization distinguishes clients. */
export interface AuthorizationClient {
  /** The address blocks that may contain its address. */
  blocks: readonly Prefix[];
  /** Whether it is a node, which sends probes. */
  isNode: boolean;
  /** Whether its proxy presents an identity. */
  isMeshed: boolean;
  /** The identity, if its service account is known. */
  identity?: string;
  /** The missing fact that would tell its service account. */
  unknownAccount?: string;
  /** For a meshed client, if egress policies exist: its namespace, and the outbound ports that bypass its proxy. */
  leaving?: { namespace?: string; skipped: readonly number[] };
}

/** The endpoints of a scenario as clients; endpoints with the same service account are one client. */
export class AuthorizationClients {
  readonly all: AuthorizationClient[] = [];
  /** By index in the scenario, the index in {@link all}. */
  readonly clientOf: Int32Array;
  /** One client for each set that differs only in identities. Identities are removed, except URIs. */
  readonly kinds: readonly AuthorizationClient[];
  /** By index in {@link all}, the index in {@link kinds}. */
  readonly kindOf: Int32Array;
  /** Runs of clients of one kind in {@link all}, as `[from, until)`. Meshed clients, the majority, are mostly in one run. */
  readonly rows: readonly { kind: number; from: number; until: number }[];
  /** By index in {@link all}, the missing fact for clients whose service account is unknown. */
  readonly withUnknownAccount: ReadonlyMap<number, string>;
  private readonly places = new Map<string, number>();
  private readonly byId = new Map<string, number>();
  private readonly byIdentity = new Map<string, number[]>();
  private readonly bySuffix = new Map<string, readonly number[]>();

  /** @param byPlace Whether to distinguish clients by namespace and by the outbound ports that bypass their proxies, as egress policies do. */
  constructor(scenario: Scenario, names: MeshNames, byPlace = false) {
    const { endpoints } = scenario;
    const unknownAddresses = blocksOf(scenario);
    this.clientOf = Int32Array.from(endpoints, (endpoint) => {
      const leaving = byPlace ? leavingOf(endpoint) : undefined;
      const key = leaving === undefined ? keyOf(endpoint) : `${keyOf(endpoint)} ${JSON.stringify(leaving)}`;
      const place = getOrMake(
        this.places,
        key,
        () =>
          this.all.push({ ...clientOf(endpoint, names, unknownAddresses), ...(leaving !== undefined && { leaving }) }) -
          1,
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
    const distinct: AuthorizationClient[] = [];
    this.kindOf = Int32Array.from(this.all, ({ identity, leaving: _, ...client }) => {
      const { blocks, isNode, isMeshed } = client;
      // The pattern `*` does not match URIs.
      const own = identity?.includes("://") ? { identity } : {};
      const key = `${isNode} ${isMeshed} ${blocks.map(({ family, address, bits }) => `${family} ${address} ${bits}`)} ${own.identity}`;
      return getOrMake(kinds, key, () => distinct.push({ ...client, ...own }) - 1);
    });
    this.kinds = distinct;
    this.rows = rowsOf(this.kindOf);
  }

  /** The index in {@link all} of an endpoint, by its `id`. */
  numberOf(id: string): number | undefined {
    return this.byId.get(id);
  }

  /** The clients whose identities the policies name, or match by a pattern other than `*`. */
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

  /** The pattern `*` matches every identity, so it names none in particular. */
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
  // No EgressNetwork governs what a machine outside the cluster sends.
  if (mesh?.injected !== true || external !== undefined) return undefined;
  return { ...(namespace !== undefined && { namespace }), skipped: mesh.skipOutboundPorts ?? DEFAULT_SKIPPED_PORTS };
}

/** The blocks that may contain unknown addresses. */
interface UnknownAddresses {
  pods: readonly Prefix[];
  others: readonly Prefix[];
}

/** Pods have addresses of the enabled IP families, and so has every client that connects to one. */
function blocksOf({ cluster, endpoints, nodeSettings = [] }: Scenario): UnknownAddresses {
  const isOn = (name: "ipv4" | "ipv6") =>
    cluster?.[name] !== false || nodeSettings.some((own) => name === "ipv6" && own.cluster.ipv6 === true);
  const given = ANYWHERE.filter(({ family }) => isOn(family === 4 ? "ipv4" : "ipv6"));
  const pods = given.length > 0 ? given : ANYWHERE;
  // A machine outside the cluster, and clients that connect to it there, may have an address of either family.
  const hasMachines = endpoints.some(({ external }) => external !== undefined);
  return { pods, others: hasMachines ? ANYWHERE : pods };
}

function clientOf(endpoint: EndpointFacts, names: MeshNames, unknown: UnknownAddresses): AuthorizationClient {
  const { namespace, serviceAccount, mesh, ip, external } = endpoint;
  const isMeshed = mesh?.injected === true;
  const unknownAccount = unknownAccountOf(endpoint);
  const address = ip === undefined ? undefined : parseAddress(ip);
  return {
    blocks: address === undefined ? unknown[isPod(endpoint) ? "pods" : "others"] : [address],
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
