/**
 * What makes a kind cluster, apart from the rest of the library, because it needs `@pulumi/kind`. No registry has that package: each
 * project generates it with `pulumi package add terraform-provider tehcyx/kind 0.11.0`, and so does without it whoever brings a cluster.
 *
 * @packageDocumentation
 */

export { configuredSandbox } from "../components/configuredSandbox";
export { Sandbox } from "../components/sandbox";
export type { SandboxArgs, SandboxCertificates, SandboxLoad } from "../components/sandboxArgs";
export {
  hostsToml,
  KubeProxyMode,
  type NodeMount,
  type PortMapping,
  PortProtocol,
  type RegistryMirror,
} from "./clusterConfig";
export { KindCluster, type KindClusterArgs } from "./kindCluster";
