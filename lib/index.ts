/**
 * Pulumi components that take you from a cluster to a Linkerd mesh fenced by Cilium, on any cluster's provider. What makes a
 * kind cluster is in `meshfence/kind`, which needs `@pulumi/kind`; who can talk to whom is in `meshfence/reachability`.
 *
 * @packageDocumentation
 */

export type { ArtifactSources, ChartSources, ImageSources } from "./artifacts";
export * from "./cilium/model";
export {
  formatPath,
  formatProblem,
  formatProblems,
  type Path,
  type Place,
  type Problem,
  ProblemError,
} from "./common/problem";
export { AuthorizationPolicy, type AuthorizationPolicyArgs } from "./components/authorization/authorization-policy";
export { LinkerdGrpcRoute, type LinkerdGrpcRouteArgs } from "./components/authorization/grpc-route";
export { LinkerdHttpRoute, type LinkerdHttpRouteArgs } from "./components/authorization/http-route";
export {
  MeshTlsAuthentication,
  type MeshTlsAuthenticationArgs,
} from "./components/authorization/mesh-tls-authentication";
export {
  NetworkAuthentication,
  type NetworkAuthenticationArgs,
} from "./components/authorization/network-authentication";
export { LinkerdServer, type LinkerdServerArgs } from "./components/authorization/server";
export { type ApiServerAddress, Cilium, type CiliumArgs, type HubbleSettings } from "./components/cilium/cilium";
export {
  type IssuerArgs,
  Linkerd,
  type LinkerdArgs,
  type LinkerdValues,
  type TrustAnchorArgs,
  type WebhookCertificatesArgs,
} from "./components/linkerd";
export { Injection, type InjectionArgs } from "./components/linkerd/injection";
export { Podinfo, type PodinfoArgs } from "./components/podinfo/podinfo";
export {
  ClusterwideNetworkPolicy,
  type ClusterwideNetworkPolicyArgs,
} from "./components/policies/clusterwide-network-policy";
export { Fence, type FenceArgs } from "./components/policies/fence";
export { NetworkPolicy, type NetworkPolicyArgs } from "./components/policies/network-policy";
export {
  type KubernetesObjectSource,
  type PolicyComponent,
  type ReachabilityArgs,
  reachabilityOf,
} from "./components/reachability-of";
export type { CiliumInstallation, LinkerdInstallation } from "./components/shared/installed";
export { SlowCooker, type SlowCookerArgs, type SlowCookerLoad } from "./components/slow-cooker/slow-cooker";
export { FenceLayers, type FenceSpec, fenceAuthorizations, fenceManifests, fenceWarnings } from "./fence/fence";
export { allow, type Edge, type MeshedPeer, multiclusterGateway } from "./fence/intent";
export { type MeshFlow, type MeshSettings, meshedEgress, meshedIngress } from "./fence/mesh-flows";
export { type Enforcement, Workload, type WorkloadProbe, type WorkloadSettings } from "./fence/workload";
export { fromYaml, toYaml, type YamlPolicies } from "./input/manifests/policy-from-yaml";
export { InjectionMode, namespaceInjection } from "./linkerd/install/injection";
export { GatewayApiSource } from "./linkerd/install/values";
export { WebhookFailurePolicy } from "./linkerd/install/webhooks";
export * from "./linkerd/model";
export { TransportMode } from "./scenario/transport-mode";
