import { given } from "../../common/given";
import { TransportMode } from "../../scenario/transport-mode";
import { KubeProxyMode } from "../kind-cluster/cluster-config";
import type { SandboxArgs } from "./args";

/** The name of a sandbox's cluster, before the random suffix. */
const clusterNamePrefix = "meshfence";

/** The arguments of the sandbox's parts that do not depend on other parts. */
export function sandboxParts(args: SandboxArgs) {
  const { artifacts, certificates = {}, transportMode = TransportMode.Transparent, viz = true } = args;
  const replaceKubeProxy = args.kubeProxy === KubeProxyMode.None;
  return {
    cluster: {
      ...(args.clusterName === undefined ? { clusterNamePrefix } : { clusterName: args.clusterName }),
      ...given({
        nodeImage: args.nodeImage,
        allowUnsupportedVersions: args.allowUnsupportedVersions,
        workers: args.workers,
        kubeProxy: args.kubeProxy,
        kubeadmConfigPatches: args.kubeadmConfigPatches,
        artifacts,
      }),
    },
    cilium: { replaceKubeProxy, ...given({ artifacts, values: args.ciliumValues }) },
    linkerd: {
      transportMode,
      viz,
      trustAnchors: (certificates.generations ?? ["1"]).map((generation) => ({
        generation,
        ...given({ validityHours: certificates.trustAnchorHours }),
      })),
      issuer: given({
        signedBy: certificates.signedBy,
        validityHours: certificates.issuerHours,
        earlyRenewalHours: certificates.issuerRenewalHours,
      }),
      ...given({ artifacts, values: args.linkerdValues }),
    },
  };
}
