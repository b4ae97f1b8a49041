import type { CustomResource } from "../../../kubernetes/schema/schema";
import {
  authorizationPolicy,
  egressNetwork,
  httpLocalRateLimitPolicy,
  meshTlsAuthentication,
  networkAuthentication,
} from "./authorization";
import { externalWorkload } from "./external-workload";
import { gatewayGrpcRoute, gatewayHttpRoute } from "./gateway-routes.schema";
import { httpRoute } from "./http-route";
import { server, serverAuthorization } from "./server";

/** The kinds that Linkerd's policy controller reads, as linkerd-crds defines them. */
export const linkerdResources: readonly CustomResource[] = [
  server,
  serverAuthorization,
  authorizationPolicy,
  meshTlsAuthentication,
  networkAuthentication,
  httpLocalRateLimitPolicy,
  egressNetwork,
  httpRoute,
  externalWorkload,
  gatewayHttpRoute,
  gatewayGrpcRoute,
];
