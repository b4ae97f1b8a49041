export {
  hostsToml,
  KubeProxyMode,
  type NodeMount,
  type PortMapping,
  PortProtocol,
  type RegistryMirror,
} from "./clusterConfig";
export { KindCluster, type KindClusterArgs } from "./kindCluster";
