export {
  everyAddress,
  Identity,
  type MeshTlsAuthenticationSpec,
  meshTlsAuthentication,
  type NetworkAuthenticationSpec,
  type NetworkBlock,
  networkAuthentication,
  type ServiceAccount,
} from "./authentication";
export { type AuthorizationPolicySpec, authorizationPolicy, type Required, Target } from "./authorization-policy";
export type { LinkerdManifest, LinkerdObjectSpec } from "./manifest";
export {
  type GrpcRequestMatch,
  type GrpcRouteSpec,
  HTTP_METHODS,
  HttpMethod,
  type HttpRequestMatch,
  type HttpRouteSpec,
  linkerdGrpcRoute,
  linkerdHttpRoute,
} from "./route";
export { linkerdServer, ServerProtocol, type ServerSpec } from "./server";
