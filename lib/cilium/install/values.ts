import type { ArtifactSources } from "../../artifacts/artifact-sources";
import { type HelmValues, mergeValues } from "../../common/helm-values";
import { ciliumImageValues } from "./images";

/** What decides Cilium's values. */
export interface CiliumPlan {
  /** Whether Cilium takes kube-proxy's place. */
  replaceKubeProxy: boolean;
  /** Where the agents find the API server without kube-proxy. May be Pulumi outputs. */
  apiServerHost?: unknown;
  apiServerPort?: unknown;
  /** How many operators; {@link operatorsFor} says it. May be a Pulumi output. */
  operators: unknown;
  l7Proxy: boolean;
  hubble?: HubblePlan;
  artifacts?: ArtifactSources | undefined;
}

/** What of Hubble runs beside the agents. */
export interface HubblePlan {
  relay?: boolean;
  exporter?: boolean;
}

/**
 * The Helm values of Cilium beside Linkerd: today's equivalents of the nine that the tutorial of 2020 set, and what keeps the
 * two out of each other's way.
 *
 * Of the nine, `ipam.mode`, `image.pullPolicy` and `bpf.masquerade` live on; `kubeProxyReplacement=partial` with its helpers
 * (`hostServices`, `externalIPs`, `nodePort`, `hostPort`) became the one switch `kubeProxyReplacement`; `nodeinit` does
 * nothing that a kind node or a current cloud node needs.
 */
export function ciliumValues(plan: CiliumPlan): HelmValues {
  return mergeValues(
    {
      // Pods get addresses from the range that the cluster announces for its nodes, not from Cilium's own 10.0.0.0/8.
      ipam: { mode: "kubernetes" },
      image: { pullPolicy: "IfNotPresent" },
      bpf: { masquerade: false },
      // The chart takes only the strings "true" and "false".
      kubeProxyReplacement: String(plan.replaceKubeProxy),
      // Without this the socket load balancer swaps a Service's address for a pod's before Linkerd's proxy sees it, which costs
      // Linkerd its load balancing and routing. It has no effect while kube-proxy is kept.
      socketLB: { hostNamespaceOnly: true },
      // Cilium would rename every other CNI configuration, linkerd-cni's among them.
      cni: { exclusive: false },
      // The chart's two replicas exclude each other from a node: on a single node the second one never starts.
      operator: { replicas: plan.operators },
      l7Proxy: plan.l7Proxy,
      // With the L7 proxy, the chart runs Envoy as a DaemonSet of its own; without it there is nothing for Envoy to do.
      envoy: { enabled: plan.l7Proxy },
    },
    plan.replaceKubeProxy ? { k8sServiceHost: plan.apiServerHost, k8sServicePort: plan.apiServerPort } : undefined,
    hubbleValues(plan.hubble),
    ciliumImageValues(plan.artifacts),
  );
}

/** The chart runs Hubble in every agent; what keeps or gathers flows is off unless it is asked for. */
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

/** In the agent and on its node. */
const EXPORT_FILE = "/var/run/cilium/hubble/events.log";

/** One operator for one node, two for more: they exclude each other from a node. */
export function operatorsFor(nodes: number): number {
  return nodes > 1 ? 2 : 1;
}
