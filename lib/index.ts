/**
 * Pulumi components that take you from a cluster to a Linkerd mesh fenced by Cilium, on any cluster's provider. What makes a
 * kind cluster is in `meshfence/kind`, which needs `@pulumi/kind`; who can talk to whom is in `meshfence/reachability`.
 *
 * @packageDocumentation
 */

export type { ArtifactSources, ChartSources, ImageSources } from "./artifacts";
export { type ApiServerAddress, Cilium, type CiliumArgs } from "./components/cilium";
export { ClusterwideNetworkPolicy, type ClusterwideNetworkPolicyArgs } from "./components/clusterwide-network-policy";
export { Fence } from "./components/fence";
export { Injection, type InjectionArgs } from "./components/injection";
export {
  type IssuerArgs,
  Linkerd,
  type LinkerdArgs,
  type LinkerdValues,
  type TrustAnchorArgs,
  type WebhookCertificatesArgs,
} from "./components/linkerd";
export { NetworkPolicy, type NetworkPolicyArgs } from "./components/network-policy";
export { Podinfo, type PodinfoArgs } from "./components/podinfo";
export {
  type KubernetesObjectSource,
  type PolicyComponent,
  type ReachabilityArgs,
  reachabilityOf,
} from "./components/reachability-of";
export { SlowCooker, type SlowCookerArgs, type SlowCookerLoad } from "./components/slow-cooker";
export { InjectionMode, namespaceInjection } from "./linkerd/injection";
export { GatewayApiSource } from "./linkerd/values";
export { WebhookFailurePolicy } from "./linkerd/webhooks";
export { type MeshFlow, type MeshSettings, meshedEgress, meshedIngress } from "./mesh/flows";
export { TransportMode } from "./mesh/transport";
export * from "./policy";
export { type FenceArgs, type FenceEdge, fenceManifests } from "./policy/fence";
