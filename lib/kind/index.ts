/**
 * What makes a kind cluster, apart from the rest of the library, because it needs `@pulumi/kind`. No registry has that package: each
 * project generates it with `pulumi package add terraform-provider tehcyx/kind 0.11.0`, and so does without it whoever brings a cluster.
 * Where it is missing, loading this module fails with these words.
 *
 * @packageDocumentation
 */

// First, so that its words come before Node's own about a module that it cannot find.
import "./require-sdk";

export type { KindClusterArgs } from "../components/kind-cluster/args";
export {
  hostsToml,
  KubeProxyMode,
  type NodeMount,
  type PortMapping,
  PortProtocol,
  type RegistryMirror,
} from "../components/kind-cluster/cluster-config";
export { KindCluster } from "../components/kind-cluster/kind-cluster";
export { LoadedImage, type LoadedImageArgs } from "../components/kind-cluster/loaded-image";
export type { SandboxArgs, SandboxCertificates, SandboxLoad } from "../components/sandbox/args";
export { configuredSandbox } from "../components/sandbox/configured";
export { sandboxAuthorizations, sandboxPolicies } from "../components/sandbox/edges";
export { Sandbox } from "../components/sandbox/sandbox";
export { sandboxScenario } from "../components/sandbox/scenario";
