import { type HelmValues, valueAt } from "../../common/helm-values";
import type { Path, Problem } from "../../common/problem";
import type { KubeProxyWords } from "./kube-proxy-words";

const kubeProxyPart = (kubeProxy: KubeProxyWords) =>
  `set ${kubeProxy(true)} if Cilium is to do its work, otherwise leave it out: kube-proxy does it`;
const noSuccessor = "leave it out, it has no successor";

/**
 * Values that earlier charts had and that today's silently ignores: the path, the last minor version whose default values had it, and what to use
 * instead. From a comparison of the charts' default values from 1.9.0 to 1.20.0, without values that were only needed on a cloud.
 */
const retired: ReadonlyArray<
  readonly [path: string, last: string, successor: string | ((kubeProxy: KubeProxyWords) => string)]
> = [
  ["hostServices", "1.11", "use socketLB, e.g. socketLB.hostNamespaceOnly"],
  ["externalIPs", "1.17", kubeProxyPart],
  ["nodePort.enabled", "1.18", kubeProxyPart],
  [
    "hostPort",
    "1.17",
    (kubeProxy) => `${kubeProxyPart(kubeProxy)}; with kube-proxy kept, cni.chainingMode=portmap serves host ports`,
  ],
  ["masquerade", "1.9", "use enableIPv4Masquerade"],
  ["tunnel", "1.14", 'use routingMode ("tunnel" or "native") and tunnelProtocol'],
  ["proxy", "1.15", "use envoy"],
  ["containerRuntime", "1.15", noSuccessor],
  ["flannel", "1.9", noSuccessor],
  ["ipvlan", "1.12", noSuccessor],
  ["datapathMode", "1.12", "use bpf.datapathMode"],
  ["kvstore", "1.9", "use etcd.enabled and etcd.endpoints"],
  ["podDisruptionBudget", "1.11", "use operator.podDisruptionBudget"],
  ["remoteNodeIdentity", "1.15", "leave it out, it is always on"],
  ["endpointStatus", "1.15", noSuccessor],
  ["sockops", "1.13", noSuccessor],
  ["bgp", "1.16", "use bgpControlPlane"],
  ["externalWorkloads", "1.17", noSuccessor],
  ["enableCiliumEndpointSlice", "1.17", "use ciliumEndpointSlice.enabled"],
  ["enableCnpStatusUpdates", "1.14", "leave it out: the operator writes into a policy's status whether it is valid"],
  ["enableRuntimeDeviceDetection", "1.17", "leave it out, it is always on"],
  ["encryption.secretName", "1.15", "use encryption.ipsec.secretName"],
  ["encryption.keyFile", "1.15", "use encryption.ipsec.keyFile"],
  ["encryption.mountPath", "1.15", "use encryption.ipsec.mountPath"],
  ["encryption.interface", "1.15", "use encryption.ipsec.interface"],
  ["tls.enabled", "1.11", noSuccessor],
];

/** The problems of a user's values for the chart. Only plain values can be checked, not outputs. */
export function retiredValueProblems(
  where: Path,
  values: HelmValues | undefined,
  kubeProxy: KubeProxyWords,
): Problem[] {
  const problems = retired
    .filter(([path]) => valueAt(values, path) !== undefined)
    .map(
      ([path, last, successor]): Problem => ({
        code: "retired-value",
        path: [...where, ...path.split(".")],
        message: `Cilium ${last} was the last version whose chart knew it; today's silently ignores it`,
        ...(typeof successor === "string"
          ? { fix: successor }
          : { fix: successor(kubeProxy), related: [["replaceKubeProxy"]] }),
      }),
    );
  const replacement = valueAt(values, "kubeProxyReplacement");
  if (typeof replacement === "string" && replacement !== "true" && replacement !== "false") {
    problems.push({
      code: "retired-value",
      path: [...where, "kubeProxyReplacement"],
      related: [["replaceKubeProxy"]],
      message: `"${replacement}" is refused since Cilium 1.16`,
      fix: `leave it out: ${kubeProxy(false)} keeps kube-proxy (as partial did where it ran), ${kubeProxy(true)} replaces it (as strict did)`,
    });
  }
  return problems;
}
