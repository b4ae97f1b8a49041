import { valueAt } from "../../common/helm-values";
import { parsePrefixOrAddress } from "../../kubernetes/cidr";
import { groupOf } from "./kinds";
import type { KubernetesObject } from "./objects";
import { valuesOfChart } from "./settings/chart-values";
import { memberAt } from "./shape";

/**
 * The known address blocks of pods: from Nodes and CiliumNodes, the pool of Cilium's operator, and running pods. Distinct and sorted.
 */
export function podNetworksOf(objects: readonly KubernetesObject[]): string[] {
  const found = [
    ...objects.flatMap(ofObject),
    ...valuesOfChart("cilium", objects, []).flatMap(({ values }) => [
      valueAt(values, "ipam.operator.clusterPoolIPv4PodCIDRList"),
      valueAt(values, "ipam.operator.clusterPoolIPv6PodCIDRList"),
    ]),
  ];
  const texts = found.flatMap((one) => (Array.isArray(one) ? one : String(one ?? "").split(/[\s,]+/)));
  return [
    ...new Set(
      texts.filter((text): text is string => typeof text === "string" && parsePrefixOrAddress(text) !== undefined),
    ),
  ].sort();
}

function ofObject({ apiVersion, kind, name, value }: KubernetesObject): unknown[] {
  switch (`${groupOf(apiVersion)}/${kind}`) {
    case "/Node":
      return [memberAt(value, ["spec", "podCIDRs"]) ?? memberAt(value, ["spec", "podCIDR"])];
    case "cilium.io/CiliumNode":
      return [memberAt(value, ["spec", "ipam", "podCIDRs"])];
    case "/ConfigMap":
      if (name !== "cilium-config") return [];
      return ["cluster-pool-ipv4-cidr", "cluster-pool-ipv6-cidr"].map((key) => memberAt(value, ["data", key]));
    case "/Pod":
      return memberAt(value, ["spec", "hostNetwork"]) === true ? [] : [memberAt(value, ["status", "podIP"])];
    default:
      return [];
  }
}
