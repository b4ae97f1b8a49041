import type { Enforcement, WorkloadProbe } from "../fence/intent";
import type { EndpointSelector } from "./selectors";

/** Pods that do one job, as an end of an edge. */
export interface Workload {
  /** Names its policies. */
  name: string;
  /** Where its pods and its policies are. */
  namespace: string;
  /** Which pods of the namespace it is. */
  endpoints: EndpointSelector;
  /** Whether Linkerd is injected. Default true. */
  meshed?: boolean;
  /** In which directions its policies cut what they do not allow. Default both. Where not, they are in place and can be observed. */
  enforce?: Enforcement | undefined;
  /** Ports that Linkerd does not look into (`config.linkerd.io/opaque-ports`). Default: the chart's. */
  opaquePorts?: number[];
  /** Ports that pass the proxy by (`config.linkerd.io/skip-inbound-ports`). Default: the chart's. */
  skipInboundPorts?: number[];
  /**
   * The service account that its pods run under: who it is to Linkerd. Pods that share one are told apart by Cilium alone.
   * Default: that of the selector, where it names one, or `default`.
   */
  serviceAccount?: string;
  /**
   * TCP ports that its containers listen on. Those that no edge names get a Server of Linkerd that admits nobody.
   * Default: none beside those of the edges.
   */
  ports?: number[];
  /** What the kubelet asks of its ports, but for commands. Has to be said of ports with `requests` or `calls`. Default: nothing. */
  probes?: WorkloadProbe[] | undefined;
}
