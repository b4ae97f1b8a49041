import {
  type AuthorizationPolicy,
  decodeAuthorizationPolicy,
  decodeMeshTlsAuthentication,
  decodeNetworkAuthentication,
  decodeServerAuthorization,
  type MeshTlsAuthentication,
  type NetworkAuthentication,
  type ServerAuthorization,
} from "../api/authorization";
import { DecodeError } from "../api/decode";
import { decodeExternalWorkload, type ExternalWorkload } from "../api/external-workload";
import { decodeEgressNetwork, decodeRateLimitPolicy, type EgressNetwork, type RateLimitPolicy } from "../api/limits";
import { policyKind, type RawObject } from "../api/object";
import {
  type ConnectionRoute,
  connectionRouteKind,
  decodeConnectionRoute,
  decodeGrpcRoute,
  decodeHttpRoute,
  type GrpcRoute,
  type HttpRoute,
} from "../api/route";
import { decodeServer, type Server } from "../api/server";

/** The objects that the policy controller reads, decoded, by kind. */
export interface PolicyObjects {
  servers: Server[];
  serverAuthorizations: ServerAuthorization[];
  authorizationPolicies: AuthorizationPolicy[];
  meshTls: MeshTlsAuthentication[];
  networks: NetworkAuthentication[];
  httpRoutes: HttpRoute[];
  grpcRoutes: GrpcRoute[];
  externalWorkloads: ExternalWorkload[];
  rateLimits: RateLimitPolicy[];
  egressNetworks: EgressNetwork[];
  connectionRoutes: ConnectionRoute[];
}

export type { ConnectionRoute };

/** An object that the policy controller drops because it cannot read it. */
export interface Undecodable {
  /** Its index among the given objects. */
  object: number;
  reason: string;
}

/** Decodes all objects of the kinds that affect inbound or egress authorization; others are ignored. */
export function readObjects(raws: readonly RawObject[]): { objects: PolicyObjects; undecodable: Undecodable[] } {
  const objects: PolicyObjects = {
    servers: [],
    serverAuthorizations: [],
    authorizationPolicies: [],
    meshTls: [],
    networks: [],
    httpRoutes: [],
    grpcRoutes: [],
    externalWorkloads: [],
    rateLimits: [],
    egressNetworks: [],
    connectionRoutes: [],
  };
  const undecodable: Undecodable[] = [];
  for (const [index, raw] of raws.entries()) {
    const known = alreadyRead.get(raw) ?? readOne(raw);
    alreadyRead.set(raw, known);
    if ("reason" in known) undecodable.push({ object: index, reason: known.reason });
    else if ("list" in known) (objects[known.list] as (typeof known.object)[]).push(known.object);
  }
  return { objects, undecodable };
}

type One = { [list in keyof PolicyObjects]: { list: list; object: PolicyObjects[list][number] } }[keyof PolicyObjects];
type Read = One | { reason: string } | Record<string, never>;

/** Objects are never mutated, and each is read several times: for the policy, for the clients that it names, and for each change that is tried. */
const alreadyRead = new WeakMap<RawObject, Read>();

function readOne(raw: RawObject): Read {
  try {
    return read(raw) ?? {};
  } catch (error) {
    if (!(error instanceof DecodeError)) throw error;
    return { reason: error.message };
  }
}

function read(raw: RawObject): One | undefined {
  switch (policyKind(raw)) {
    case "policy.linkerd.io/Server":
      return { list: "servers", object: decodeServer(raw) };
    case "policy.linkerd.io/ServerAuthorization":
      return { list: "serverAuthorizations", object: decodeServerAuthorization(raw) };
    case "policy.linkerd.io/AuthorizationPolicy":
      return { list: "authorizationPolicies", object: decodeAuthorizationPolicy(raw) };
    case "policy.linkerd.io/MeshTLSAuthentication":
      return { list: "meshTls", object: decodeMeshTlsAuthentication(raw) };
    case "policy.linkerd.io/NetworkAuthentication":
      return { list: "networks", object: decodeNetworkAuthentication(raw) };
    case "policy.linkerd.io/HTTPRoute":
    case "gateway.networking.k8s.io/HTTPRoute":
      return { list: "httpRoutes", object: decodeHttpRoute(raw) };
    case "gateway.networking.k8s.io/GRPCRoute":
      return { list: "grpcRoutes", object: decodeGrpcRoute(raw) };
    case "workload.linkerd.io/ExternalWorkload":
      return { list: "externalWorkloads", object: decodeExternalWorkload(raw) };
    case "policy.linkerd.io/HTTPLocalRateLimitPolicy":
      return { list: "rateLimits", object: decodeRateLimitPolicy(raw) };
    case "policy.linkerd.io/EgressNetwork":
      return { list: "egressNetworks", object: decodeEgressNetwork(raw) };
    default:
      if (connectionRouteKind(raw) === undefined) return undefined;
      return { list: "connectionRoutes", object: decodeConnectionRoute(raw) };
  }
}
