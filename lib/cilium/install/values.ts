import type { ArtifactSources } from "../../artifacts/artifact-sources";
import { type HelmValues, mergeValues } from "../../common/helm-values";
import { ciliumImageValues } from "./images";

/** What determines Cilium's values. */
export interface CiliumPlan {
  /** Whether Cilium takes kube-proxy's place. */
  replaceKubeProxy: boolean;
  /** The API server's address for agents without kube-proxy. Host and port may be Pulumi outputs. */
  apiServerHost?: unknown;
  apiServerPort?: unknown;
  /** The number of operators, see {@link operatorsFor}. May be a Pulumi output. */
  operators: unknown;
  l7Proxy: boolean;
  hubble?: HubblePlan;
  artifacts?: ArtifactSources | undefined;
}

/** The parts of Hubble that are enabled. */
export interface HubblePlan {
  relay?: boolean;
  exporter?: boolean;
}

/**
 * The Helm values of Cilium beside Linkerd: today's equivalents of the nine that the tutorial of 2020 set, and what the two need to coexist.
 *
 * Of the nine, `ipam.mode`, `image.pullPolicy` and `bpf.masquerade` still exist; `kubeProxyReplacement=partial` with its helpers (`hostServices`,
 * `externalIPs`, `nodePort`, `hostPort`) became the single switch `kubeProxyReplacement`; and `nodeinit` does nothing that a kind node or a current
 * cloud node needs.
 */
export function ciliumValues(plan: CiliumPlan): HelmValues {
  return mergeValues(
    {
      // Pods get addresses from the range that the cluster announces for its nodes, not from Cilium's own 10.0.0.0/8.
      ipam: { mode: "kubernetes" },
      image: { pullPolicy: "IfNotPresent" },
      bpf: { masquerade: false },
      // The chart accepts only the strings "true" and "false".
      kubeProxyReplacement: String(plan.replaceKubeProxy),
      // Without this, the socket load balancer replaces a Service's address with a pod's before Linkerd's proxy sees it, which disables Linkerd's
      // load balancing and routing. It has no effect while kube-proxy is kept.
      socketLB: { hostNamespaceOnly: true },
      // Otherwise Cilium renames every other CNI configuration, including linkerd-cni's.
      cni: { exclusive: false },
      // The chart's two replicas cannot share a node: on a single node the second one never starts.
      operator: { replicas: plan.operators },
      l7Proxy: plan.l7Proxy,
      // With the L7 proxy, the chart runs Envoy as a separate DaemonSet. Without it, Envoy has nothing to do.
      envoy: { enabled: plan.l7Proxy },
    },
    plan.replaceKubeProxy ? { k8sServiceHost: plan.apiServerHost, k8sServicePort: plan.apiServerPort } : undefined,
    hubbleValues(plan.hubble),
    ciliumImageValues(plan.artifacts),
  );
}

/** The chart runs Hubble in every agent. Relay and exporter are off unless requested. */
function hubbleValues({ relay = false, exporter = false }: HubblePlan = {}): HelmValues | undefined {
  if (!relay && !exporter) return undefined;
  return {
    hubble: {
      enabled: true,
      ...(relay && { relay: { enabled: true } }),
      ...(exporter && {
        export: {
          static: { enabled: true, filePath: EXPORT_FILE, fileMaxSizeMb: 10, fileMaxBackups: 5 },
        },
      }),
    },
  };
}

/** The same path in the agent and on its node. */
const EXPORT_FILE = "/var/run/cilium/hubble/events.log";

/** One operator for one node, two for more, because two cannot share a node. */
export function operatorsFor(nodes: number): number {
  return nodes > 1 ? 2 : 1;
}
