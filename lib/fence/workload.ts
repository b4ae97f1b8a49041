import { type EndpointSelector, Endpoints } from "../cilium/api/endpoint-selector";

/** The directions in which policies block what they do not allow. */
export interface Enforcement {
  /** Ingress: for Cilium's policies and Linkerd's Servers, which only audit if this is false. Default true. */
  ingress?: boolean;
  /** Egress: for Cilium's policies alone, because Linkerd decides at the server. Default true. */
  egress?: boolean;
}

/** A {@link Workload} without the selector of its pods, which has another form in other languages. */
export interface WorkloadSettings {
  /** Names its policies. */
  name: string;
  /** Where its pods and its policies are. */
  namespace: string;
  /** Whether Linkerd is injected. Default true. */
  meshed?: boolean;
  /** The directions in which its policies block what they do not allow. In the others they only observe. Default: both directions. */
  enforce?: Enforcement | undefined;
  /** Opaque ports, whose protocol Linkerd does not detect (`config.linkerd.io/opaque-ports`). Default: the chart's. */
  opaquePorts?: number[];
  /** Ports that bypass the proxy (`config.linkerd.io/skip-inbound-ports`). Default: the chart's. */
  skipInboundPorts?: number[];
  /**
   * The service account of its pods, which is their identity to Linkerd. Only Cilium can distinguish pods that share one. Default: the selector's, if it
   * names one, otherwise `default`.
   */
  serviceAccount?: string;
  /** TCP ports that its containers listen on. Those that no edge names get a Linkerd Server that admits nobody. Default: only those of the edges. */
  ports?: number[];
  /** The kubelet's probes over the network, without exec probes. Required for ports with `requests` or `calls`. Default: none. */
  probes?: WorkloadProbe[] | undefined;
}

/** Pods with the same purpose, as an end of an edge. */
export interface Workload extends WorkloadSettings {
  /** Its pods in the namespace. */
  endpoints: EndpointSelector;
}

/**
 * Constructors of workloads. They check nothing; `Fence` does, and reports all problems at once.
 *
 * @example
 * const client = Workload.app("client", { namespace: "shop" });
 * const server = Workload.app("server", { namespace: "shop", probes: [{ port: 9898, path: "/healthz" }] });
 * allow([{ from: client, to: server, ports: [Port.tcp(9898)] }], { transportMode: "transparent" });
 */
export const Workload = {
  /**
   * The pods of a namespace with the label `app` of this value, as most Deployments label theirs. For other labels, write the workload out, with
   * `endpoints`.
   */
  app: (name: string, settings: Omit<WorkloadSettings, "name">): Workload => ({
    ...settings,
    name,
    endpoints: Endpoints.labels({ app: name }),
  }),
};

/** A probe of the kubelet over the network. Without `path` and `grpc`, it only connects. Exactly one of `port` and `portName` is required. */
export interface WorkloadProbe {
  /** The container's port. */
  port?: number | undefined;
  /** The container's port by name, if the edges name it that way. */
  portName?: string | undefined;
  /** The path that it requests, as in `httpGet`. */
  path?: string;
  /** Whether it calls gRPC's health service. Default false. */
  grpc?: boolean;
}

/** Whether Linkerd is injected into a workload. */
export const isMeshed = ({ meshed = true }: Workload): boolean => meshed;
