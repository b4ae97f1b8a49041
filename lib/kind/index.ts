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
