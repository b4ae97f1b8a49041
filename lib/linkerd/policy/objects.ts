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

/** The policy controller's objects, read. */
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
  /** Its place among the objects given. */
  object: number;
  reason: string;
}

/** Reads all objects of the kinds that decide about who is let in, and what is let out of the cluster; others are passed over. */
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
    try {
      read(raw, objects);
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error;
      undecodable.push({ object: index, reason: error.message });
    }
  }
  return { objects, undecodable };
}

function read(raw: RawObject, objects: PolicyObjects): void {
  switch (policyKind(raw)) {
    case "policy.linkerd.io/Server":
      objects.servers.push(decodeServer(raw));
      break;
    case "policy.linkerd.io/ServerAuthorization":
      objects.serverAuthorizations.push(decodeServerAuthorization(raw));
      break;
    case "policy.linkerd.io/AuthorizationPolicy":
      objects.authorizationPolicies.push(decodeAuthorizationPolicy(raw));
      break;
    case "policy.linkerd.io/MeshTLSAuthentication":
      objects.meshTls.push(decodeMeshTlsAuthentication(raw));
      break;
    case "policy.linkerd.io/NetworkAuthentication":
      objects.networks.push(decodeNetworkAuthentication(raw));
      break;
    case "policy.linkerd.io/HTTPRoute":
    case "gateway.networking.k8s.io/HTTPRoute":
      objects.httpRoutes.push(decodeHttpRoute(raw));
      break;
    case "gateway.networking.k8s.io/GRPCRoute":
      objects.grpcRoutes.push(decodeGrpcRoute(raw));
      break;
    case "workload.linkerd.io/ExternalWorkload":
      objects.externalWorkloads.push(decodeExternalWorkload(raw));
      break;
    case "policy.linkerd.io/HTTPLocalRateLimitPolicy":
      objects.rateLimits.push(decodeRateLimitPolicy(raw));
      break;
    case "policy.linkerd.io/EgressNetwork":
      objects.egressNetworks.push(decodeEgressNetwork(raw));
      break;
    default:
      if (connectionRouteKind(raw) !== undefined) objects.connectionRoutes.push(decodeConnectionRoute(raw));
  }
}
