import { sourcedImage } from "../../artifacts/images";
import { pinned } from "../../common/versions";
import type { KindClusterArgs } from "./args";
import { type ClusterPlan, KubeProxyMode } from "./cluster-config";

const pinnedNodeImage = `${pinned.kindNode.repository}:${pinned.kindNode.tag}@${pinned.kindNode.digest}`;

/** The image of the nodes, from its configured source. */
export function nodeImageOf({ nodeImage = pinnedNodeImage, artifacts }: KindClusterArgs): string {
  return sourcedImage(nodeImage, artifacts);
}

/** The arguments with their defaults, as far as they decide the cluster's configuration. */
export function clusterPlan(args: KindClusterArgs): ClusterPlan {
  return {
    controlPlanes: args.controlPlanes ?? 1,
    workers: args.workers ?? 0,
    kubeProxy: args.kubeProxy ?? KubeProxyMode.Iptables,
    podSubnet: args.podSubnet ?? "10.244.0.0/16",
    serviceSubnet: args.serviceSubnet ?? "10.96.0.0/16",
    apiServerAddress: args.apiServerAddress,
    apiServerPort: args.apiServerPort,
    portMappings: args.portMappings ?? [],
    registryMirrors: args.registryMirrors ?? [],
    mounts: args.mounts ?? [],
    kubeadmConfigPatches: args.kubeadmConfigPatches ?? [],
    containerdConfigPatches: args.containerdConfigPatches ?? [],
    featureGates: args.featureGates,
    runtimeConfig: args.runtimeConfig,
  };
}
