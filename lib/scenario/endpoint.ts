import type { OneOf } from "../common/one-of";
import type { Place } from "../common/problem";
import type { StandsFor } from "./port-group";

/** One end of a flow: the pods of a workload, which share one identity; an identity that Cilium reserves; or an address outside the cluster. */
export type EndpointFacts = OneOf<PodFacts | HostNetworkPodFacts | ReservedFacts | AddressFacts>;

/** Members that every endpoint has. */
interface AnyEndpoint {
  /** Its name in flows and verdicts. Unique. */
  id: string;
  /** The ports that it listens on. If the scenario lists no `flows`, all of them are decided. */
  ports?: NamedPort[];
  /** Ours: no manifest describes it; it represents endpoints that policies could select. */
  representative?: Representative;
}

/** The pods of a workload. */
export interface PodFacts extends AnyEndpoint {
  /** The namespace of the pods. */
  namespace: string;
  /** Their own labels. The labels that Cilium adds are added for you. */
  labels?: Record<string, string>;
  /** Ours: the keys of labels whose values are unknown, each with the missing fact. The key `*` stands for a label whose key is unknown too. */
  unknownLabels?: Record<string, string>;
  /** Ours: the names of ports that are not fully known, each with the missing fact. The name `*` stands for a port whose name is unknown too. */
  unknownPorts?: Record<string, string>;
  /** The cluster's name, for pods of another cluster of the mesh, whose policies are unknown. Default: this cluster. */
  cluster?: string;
  /** The service account that they run under, without namespace. */
  serviceAccount?: string;
  /** Their sidecar. */
  mesh?: EndpointMesh;
  /** What Linkerd's policy controller reads from them, besides their labels. */
  inbound?: InboundFacts;
  /** Ours: whether several of them run at once, so that one may talk to another. Default false. */
  several?: boolean;
  /** Ours: labels of the node that they run on, taken from their `nodeSelector`. The node may have more. Default: none is known. */
  nodeLabels?: Record<string, string>;
  /** Ours: whether `nodeLabels` are all the labels of that node. Default false. */
  isNodeKnown?: boolean;
}

/** Pods in their node's network (`hostNetwork`), which Cilium sees as the node. */
export interface HostNetworkPodFacts extends AnyEndpoint {
  /** The identity of the node: `[host]` or `[remote-node]`. */
  reserved: string[];
  /** Ours, for lint: the identity that they would have in a network of their own. */
  hostNetwork: HostNetworkPod;
  /** The namespace of the pods. */
  namespace?: string;
  /** The service account that they run under. */
  serviceAccount?: string;
  /** Ours: whether several of them run at once. Default false. */
  several?: boolean;
  /** Always empty: no selector matches their labels, see `hostNetwork`. */
  labels?: Record<string, never>;
}

/** An endpoint with a reserved identity: a node, the world, the API server, the ingress proxy. */
export interface ReservedFacts extends AnyEndpoint {
  /** Its identity's labels: `[host]`, `[remote-node, kube-apiserver]`, `[world]` … */
  reserved: string[];
  /**
   * The address of a node, which CIDRs match with `cidrMatchMode`. With `[kube-apiserver]` alone: of an API server outside the cluster. With
   * `[world]` alone: of a peer that represents the world to Linkerd's authorization.
   */
  ip?: string;
  /** The labels of a Node, which a `nodeSelector` matches. Default: none. */
  nodeLabels?: Record<string, string>;
  /** Ours, for the world: the proxy of a client there. */
  mesh?: EndpointMesh;
  /**
   * Ours: not a node, but clients outside the cluster that Services forward to these ports through a node, which replaces their address with its own
   * (SNAT) if the pod is on another node. On any other port they are the endpoint `block`. They are clients only, never a target.
   */
  forwardedTo?: readonly ForwardedPort[];
  /** Ours, with `forwardedTo`: `id` of the address block that they are in. Default: the world, in no block. */
  block?: string;
}

/** A pod's port that clients outside the cluster reach by a Service, through a node. */
export interface ForwardedPort {
  /** `id` of the pods. */
  to: string;
  /** TCP, UDP or SCTP. */
  proto: string;
  /** The pods' port. */
  port: number;
  /** The Service, `namespace/name`. */
  service: string;
  /** Where the Service is written, if known. */
  place?: Place;
  /** The missing fact that would tell which member of `seenAs` applies. Default: the first applies. */
  missing?: string;
  /** The identities that the pod's policy may see. Default: `node`; with `missing`, `node` or `themselves`. */
  seenAs?: readonly SeenAs[];
  /**
   * The Service exists only in the state that this one is compared with. The clients then get the lesser of two answers: the one through the Service
   * and the one as themselves. So the removal of a Service never counts as opening anything to them. Default: the Service exists.
   */
  isGone?: true;
}

/** The identity in which a pod's policy sees clients that come by a Service: their node's, the world outside all blocks, or their own. */
export type SeenAs = "node" | "world" | "themselves";

/** An address outside the cluster. */
export interface AddressFacts extends AnyEndpoint {
  /** The address. */
  ip: string;
  /** The DNS name that resolved to it. */
  fqdn?: string;
  /**
   * Ours: `id` is a DNS name whose addresses Cilium does not learn, because no rule lets it be resolved through the DNS proxy. `ip` is an example.
   * Default false.
   */
  isUnlearnedName?: boolean;
  /** Ours, with `fqdn`: the cluster serves the name itself, at its own Gateway, so traffic to it stays in the cluster. Default false. */
  isOwnName?: boolean;
  /** Its proxy, for a meshed machine outside the cluster. */
  mesh?: EndpointMesh;
  /** The ExternalWorkload that describes the machine to Linkerd. */
  external?: ExternalFacts;
  /** Ours: it is Linkerd's gateway of another cluster, or a Service behind it. */
  linked?: LinkedFacts;
  /** Ours: the Service whose address it is, `namespace/name`. */
  service?: string;
}

/** A gateway or a Service in a cluster that Linkerd is linked to. */
export interface LinkedFacts {
  /** The cluster, as the Link calls it. */
  cluster: string;
  /** The mirrored Service, `namespace/name`. Absent: the gateway itself. */
  service?: string;
}

/** An ExternalWorkload: a meshed machine outside the cluster. Cilium sees only its address. */
export interface ExternalFacts {
  /** The namespace of the object, whose Servers select it. */
  namespace: string;
  /** The labels of the object. */
  labels?: Readonly<Record<string, string>>;
  /** The annotations of the object. */
  annotations?: Readonly<Record<string, string>>;
  /** The identity that its proxy presents, its `meshTLS.identity`. */
  identity: string;
  /** Whether a Service selects it, so that clients have a name for it. Default false. */
  hasService?: boolean;
}

/** Marks an endpoint that represents all endpoints of its kind that no manifest names. */
export interface Representative {
  /** The `id`s of more general representatives. If one of them has the same verdict, reports leave this one out. */
  foldsInto: readonly string[];
}

/** The identity that a `hostNetwork` pod would have in a network of its own. */
export interface HostNetworkPod {
  /** Its labels, which no selector matches. */
  labels: Record<string, string>;
}

/** A port of a container. */
export interface NamedPort {
  /** Its name, which rules may use in place of the number. */
  name?: string;
  /** 1 to 65535. */
  port: number;
  /** Default TCP. With `ICMP` and `ICMPv6`, `port` is the type. */
  protocol?: string;
  /** Ours: the ports that `port` stands for, if none of them is known to be in use: `9000-9999`, `any port`. */
  standsFor?: StandsFor;
}

/** The Linkerd proxy of a pod. */
export interface EndpointMesh {
  /** Whether the pod has the proxy. */
  injected: boolean;
  /** Ours: what is unknown about the proxy. Default: everything is known. */
  unknown?: {
    /** The missing fact. */
    missing: string;
    /** Whether the pod has the proxy is unknown; `injected` is then true. */
    injection: boolean;
    /** Which ports bypass the proxy, or are opaque to it, is unknown. */
    ports: boolean;
  };
  /** For lint: why the injector skips a pod whose annotations ask for the proxy. */
  injectionSkipped?: string;
  /** For lint: annotations whose value differs from the namespace's. The namespace's takes effect once the pod is recreated. */
  outdated?: string[];
  /** Inbound ports that bypass the proxy. Default: 4567 and 4568, as in the chart. */
  skipInboundPorts?: number[];
  /** Address blocks whose traffic bypasses the proxy, unless it is sent to the proxy's own ports (`skip-subnets`). Default: none. */
  skipSubnets?: string[];
  /** Outbound ports that bypass the proxy. Default: 4567 and 4568, as in the chart. */
  skipOutboundPorts?: number[];
  /**
   * Ports, such as the control plane's, that other proxies dial directly with mTLS in either transport mode. Default: none besides every proxy's 4190
   * and 4191.
   */
  directPorts?: number[];
  /** Opaque ports: the proxy does not detect their protocol. Default: 25, 587, 3306, 4444, 5432, 6379, 9300 and 11211, as in the chart. */
  opaquePorts?: number[];
  /** The port at which the proxy accepts traffic from other proxies. Default 4143. */
  inboundPort?: number;
  /** The ports for which other proxies use the mesh. On any other port they send what the application sends. Default: all. */
  meshedPorts?: number[];
}

/** What Linkerd's policy controller reads from a pod, besides its labels. */
export interface InboundFacts {
  /** Its annotations, including those that injection copies from its namespace. */
  annotations?: Readonly<Record<string, string>>;
  /** Its containers and init containers. Default: one container with the endpoint's ports. */
  containers?: readonly ContainerFacts[];
  /** Ours: the missing fact, if `annotations` lacks one that decides. Default: they are complete. */
  unknown?: string;
}

/** A container: the ports and probes that its authorization depends on. */
export interface ContainerFacts {
  /** The ports that it declares. */
  ports?: readonly DeclaredPort[] | null;
  /** Its liveness probe. */
  livenessProbe?: ProbeFacts | null;
  /** Its readiness probe. */
  readinessProbe?: ProbeFacts | null;
  /** Its startup probe. */
  startupProbe?: ProbeFacts | null;
}

/** A port that a container declares, as in its manifest. */
export interface DeclaredPort {
  /** Its name, which Servers, Services and policies may use. */
  name?: string;
  /** Its number. */
  containerPort: number;
  /** Default `TCP`. */
  protocol?: string;
}

/** A probe. Linkerd authorizes an `httpGet` by default, but not gRPC. */
export interface ProbeFacts {
  /** The request that the kubelet sends. */
  httpGet?: HttpProbe | null;
  /** The gRPC health service that the kubelet asks. */
  grpc?: GrpcProbe | null;
}

/** The kubelet's probe of a gRPC health service. */
export interface GrpcProbe {
  /** The container's port, by number. */
  port: number;
}

/** The kubelet's HTTP probe. */
export interface HttpProbe {
  /** Default `/`. */
  path?: string | null;
  /** The container's port, by number or by name. */
  port: number | string;
}
