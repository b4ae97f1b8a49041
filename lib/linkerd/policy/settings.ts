import type { DefaultPolicy } from "../api/default-policy";
import type { MeshNames } from "../api/identity";
import { type Network, parseNetwork } from "../api/network";

/** The values that the policy controller was installed with. */
export interface PolicySettings extends MeshNames {
  /** `clusterNetworks`: the addresses that belong to the cluster. */
  clusterNetworks: readonly Network[];
  /** `proxy.defaultInboundPolicy`, for ports that no Server selects. */
  defaultPolicy: DefaultPolicy;
  /** `policyController.probeNetworks`: where probes come from. Empty: probes get no authorization. */
  probeNetworks: readonly Network[];
  /** `egress.globalEgressNetworkNamespace`: its EgressNetworks apply to clients in namespaces without their own. */
  egressNamespace: string;
}

/** The chart's `clusterNetworks`: all private addresses. */
export const CHART_CLUSTER_NETWORKS = ["10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16", "fd00::/8"];

/** The chart's defaults. */
export const CHART_SETTINGS: PolicySettings = {
  controlPlaneNamespace: "linkerd",
  trustDomain: "cluster.local",
  clusterNetworks: CHART_CLUSTER_NETWORKS.map(parseNetwork),
  defaultPolicy: "all-unauthenticated",
  probeNetworks: ["0.0.0.0/0", "::/0"].map(parseNetwork),
  egressNamespace: "linkerd-egress",
};
