/**
 * What makes a kind cluster, apart from the rest of the library, because it needs `@pulumi/kind`. No registry has that package: each
 * project generates it with `pulumi package add terraform-provider tehcyx/kind 0.11.0`, and so does without it whoever brings a cluster.
 * Where it is missing, loading this module fails with these words.
 *
 * @packageDocumentation
 */

// First, so that its words come before Node's own about a module that it cannot find.
import "./require-sdk";

export { configuredSandbox } from "../components/configured-sandbox";
export { Sandbox } from "../components/sandbox";
export type { SandboxArgs, SandboxCertificates, SandboxLoad } from "../components/sandbox-args";
export { sandboxPolicies } from "../sandbox/edges";
export { sandboxScenario } from "../sandbox/scenario";
export {
  hostsToml,
  KubeProxyMode,
  type NodeMount,
  type PortMapping,
  PortProtocol,
  type RegistryMirror,
} from "./cluster-config";
export { KindCluster, type KindClusterArgs } from "./kind-cluster";
