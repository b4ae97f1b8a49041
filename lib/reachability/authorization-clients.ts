import { getOrMake } from "../common/maps";
import { type Prefix, parseAddress } from "../kubernetes/cidr";
import { accountIdentity, type MeshNames } from "../linkerd/api/identity";
import { ANYWHERE } from "../linkerd/policy/client";
import type { ServerPolicy } from "../linkerd/policy/server-policy";
import type { EndpointFacts } from "../scenario/scenario";

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
}

/** All endpoints of a scenario as clients: those of one service account are one. */
export class AuthorizationClients {
  readonly all: AuthorizationClient[] = [];
  /** By place in the scenario, the place in {@link all}. */
  readonly clientOf: Int32Array;
  /** Clients that differ in nothing but their identities, as if they had none. */
  readonly kinds: readonly AuthorizationClient[];
  /** By place in {@link all}, the place in {@link kinds}. */
  readonly kindOf: Int32Array;
  private readonly places = new Map<string, number>();
  private readonly byId = new Map<string, number>();
  private readonly byIdentity = new Map<string, number>();
  private readonly bySuffix = new Map<string, readonly number[]>();

  constructor(endpoints: readonly EndpointFacts[], names: MeshNames) {
    this.clientOf = Int32Array.from(endpoints, (endpoint) => {
      const place = getOrMake(this.places, keyOf(endpoint), () => this.all.push(clientOf(endpoint, names)) - 1);
      this.byId.set(endpoint.id, place);
      return place;
    });
    for (const [place, { identity }] of this.all.entries())
      if (identity !== undefined) this.byIdentity.set(identity, place);
    const kinds = new Map<string, number>();
    const alike: AuthorizationClient[] = [];
    this.kindOf = Int32Array.from(this.all, ({ identity: _, ...client }) => {
      const { blocks, isNode, isMeshed } = client;
      const key = `${isNode} ${isMeshed} ${blocks.map(({ family, address, bits }) => `${family} ${address} ${bits}`)}`;
      return getOrMake(kinds, key, () => alike.push(client) - 1);
    });
    this.kinds = alike;
  }

  /** The client that an endpoint is. */
  numberOf(id: string): number | undefined {
    return this.byId.get(id);
  }

  /** The clients whose identities policies name, or that a pattern of theirs means. */
  named(policies: readonly ServerPolicy[]): Set<number> {
    const found = new Set<number>();
    const add = (identity: string) => {
      const place = this.byIdentity.get(identity);
      if (place !== undefined) found.add(place);
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
      [...this.byIdentity].flatMap(([identity, place]) => (identity.endsWith(suffix) ? [place] : [])),
    );
  }
}

function keyOf(endpoint: EndpointFacts): string {
  const { namespace, serviceAccount, ip, mesh } = endpoint;
  if (mesh?.injected === true && serviceAccount !== undefined) return `account ${namespace}/${serviceAccount}`;
  return `other ${ip ?? ""} ${isOfNode(endpoint)} ${mesh?.injected === true}`;
}

function clientOf(endpoint: EndpointFacts, names: MeshNames): AuthorizationClient {
  const { namespace, serviceAccount, mesh, ip } = endpoint;
  const isMeshed = mesh?.injected === true;
  const address = ip === undefined ? undefined : parseAddress(ip);
  return {
    // Pods have whatever address they get; so have the nodes.
    blocks: address === undefined ? ANYWHERE : [address],
    isNode: isOfNode(endpoint),
    isMeshed,
    ...(isMeshed &&
      serviceAccount !== undefined &&
      namespace !== undefined && { identity: accountIdentity(serviceAccount, namespace, names) }),
  };
}

const isOfNode = ({ reserved = [] }: EndpointFacts): boolean =>
  reserved.includes("host") || reserved.includes("remote-node");
