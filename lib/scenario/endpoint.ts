import type { OneOf } from "../common/one-of";
import type { Place } from "../common/problem";
import type { StandsFor } from "./port-group";

/** An end of flows: a workload's pods, which share one identity, an identity that Cilium reserves, or an address outside the cluster. */
export type EndpointFacts = OneOf<PodFacts | HostNetworkPodFacts | ReservedFacts | AddressFacts>;

/** What every endpoint has. */
interface AnyEndpoint {
  /** Its name in flows and verdicts, which no other endpoint has. */
  id: string;
  /** The ports that it listens on. Without `flows`, every one of them is decided. */
  ports?: NamedPort[];
  /** Ours: it is in no manifest, and represents the endpoints that policies could select. */
  representative?: Representative;
}

/** The pods of a workload. */
export interface PodFacts extends AnyEndpoint {
  /** The namespace of the pods. */
  namespace: string;
  /** The labels that they carry themselves. Those that Cilium adds are added here too. */
  labels?: Record<string, string>;
  /**
   * Ours: labels that they carry with values that are not known, by key: what would have to be known. `*` is a label of which the key is not known
   * either.
   */
  unknownLabels?: Record<string, string>;
  /** Ours: ports of theirs of which not all is known, by name: what would have to be known. `*` is one of which the name is not known either. */
  unknownPorts?: Record<string, string>;
  /** The name of the cluster, for pods of another cluster of the mesh. The policies of that cluster are not known. Default: this cluster. */
  cluster?: string;
  /** The service account that they run under, without namespace. */
  serviceAccount?: string;
  /** Their sidecar. */
  mesh?: EndpointMesh;
  /** What Linkerd's policy controller reads of them, beside their labels. */
  inbound?: InboundFacts;
  /** Ours: whether several of them run at once, so that one may talk to another. Default false. */
  several?: boolean;
  /** Ours: labels that the node has on which they run, as their `nodeSelector` demands. It may have others. Default: none is known. */
  nodeLabels?: Record<string, string>;
  /** Ours: whether `nodeLabels` are all labels of that node. Default false. */
  isNodeKnown?: boolean;
}

/** Pods in their node's network (`hostNetwork`): to Cilium they are the node. */
export interface HostNetworkPodFacts extends AnyEndpoint {
  /** The identity of the node: `[host]` or `[remote-node]`. */
  reserved: string[];
  /** Ours, for lint: the identity that they would have outside their node's network. */
  hostNetwork: HostNetworkPod;
  /** The namespace of the pods. */
  namespace?: string;
  /** The service account that they run under. */
  serviceAccount?: string;
  /** Ours: whether several of them run at once. Default false. */
  several?: boolean;
  /** Their labels select nothing, see `hostNetwork`. */
  labels?: Record<string, never>;
}

/** An endpoint with a reserved identity: a node, the world, the API server, the ingress proxy. */
export interface ReservedFacts extends AnyEndpoint {
  /** Its identity's labels: `[host]`, `[remote-node, kube-apiserver]`, `[world]` … */
  reserved: string[];
  /**
   * The address of a node, which CIDRs match with `cidrMatchMode`; with `[kube-apiserver]` alone, of an API server outside the cluster; or, with
   * `[world]` alone, of whoever stands for it to Linkerd's authorization.
   */
  ip?: string;
  /** The labels of a Node, which a `nodeSelector` matches. Default: none. */
  nodeLabels?: Record<string, string>;
  /** Ours, of the world: the proxy of somebody there. */
  mesh?: EndpointMesh;
  /**
   * Ours: it is no node but clients outside, whose address a node replaces by its own (SNAT) when it leads them to a pod on another node; and where
   * Services lead them so. Elsewhere they are what they are, see `otherwise`. Nobody connects to them.
   */
  led?: readonly LedTo[];
  /** Ours, with `led`: `id` of the block that they are in. Default: they are in none, the world. */
  otherwise?: string;
}

/** A port of a pod that clients outside reach by a Service and through a node. */
export interface LedTo {
  /** `id` of the pods. */
  to: string;
  /** TCP, UDP or SCTP. */
  proto: string;
  /** Their port. */
  port: number;
  /** The Service, `namespace/name`. */
  service: string;
  /** Where it stands, if that is known. */
  place?: Place;
  /** What would have to be known to say as whom of `comesAs` they come. Default: it is known that they do as the first. */
  missing?: string;
  /**
   * As whom the pod's policy may see them: as the node, as the world in no block, or as who they are. Default: as the node or, with `missing`, as who they
   * are.
   */
  comesAs?: readonly SeenAs[];
  /**
   * Nobody comes by that Service, which is there only in the state that this one is compared with: they get what is less of what they would get as it would
   * lead them and as who they are, so that nothing opens to them as it goes. Default: they come by it.
   */
  isGone?: true;
}

/** As whom a pod's policy sees clients outside that come by a Service. */
export type SeenAs = "node" | "world" | "themselves";

/** An address outside the cluster. */
export interface AddressFacts extends AnyEndpoint {
  /** The address. */
  ip: string;
  /** The DNS name that resolved to it. */
  fqdn?: string;
  /** Ours, with `fqdn`: the cluster serves the name itself, at its own Gateway, so that traffic to it does not leave the cluster. Default false. */
  isOwnName?: boolean;
  /** Its proxy, where it has one although it is no pod. */
  mesh?: EndpointMesh;
  /** What Linkerd knows of such a workload. */
  external?: ExternalFacts;
  /** Ours: it is Linkerd's gateway of another cluster, or a Service behind it. */
  linked?: LinkedFacts;
  /** Ours: it is a Service's, `namespace/name`. */
  service?: string;
}

/** Somebody in a cluster that Linkerd is linked to. */
export interface LinkedFacts {
  /** The cluster, as the Link calls it. */
  cluster: string;
  /** The mirrored Service, `namespace/name`. Absent: the gateway itself. */
  service?: string;
}

/** What an ExternalWorkload says of a machine outside the cluster. Cilium sees its address alone. */
export interface ExternalFacts {
  /** The namespace of the object, whose Servers select it. */
  namespace: string;
  /** The labels of the object. */
  labels?: Readonly<Record<string, string>>;
  /** The annotations of the object. */
  annotations?: Readonly<Record<string, string>>;
  /** The identity that its proxy shows, its `meshTLS.identity`. */
  identity: string;
  /** Whether a Service selects it, so that clients have a name for it. Default false. */
  hasService?: boolean;
}

/** An endpoint that represents all endpoints of its kind that no manifest names. */
export interface Representative {
  /** The `id`s of more general representatives. Where one of them has the same verdict, this one is left out of reports. */
  foldsInto: readonly string[];
}

/** The identity that a pod would have outside its node's network. */
export interface HostNetworkPod {
  /** The labels that it carries, which no selector matches. */
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
  /** Ours: the ports that `port` stands for, where none of them is known to be in use: `9000-9999`, `any port`. */
  standsFor?: StandsFor;
}

/** The Linkerd proxy of a pod. */
export interface EndpointMesh {
  /** Whether the pod has the proxy. */
  injected: boolean;
  /**
   * Ours: it is not known whether it has the proxy (`injected` is true then), or which ports go past it or are opaque to it; and what would have to
   * be known.
   */
  unknown?: {
    /** What would have to be known. */
    missing: string;
    /** Whether it has the proxy is not known. */
    injection: boolean;
    /** Which ports go past it, or are opaque to it, is not known. */
    ports: boolean;
  };
  /** For lint: why the injector ignores a pod whose annotations ask for the proxy. */
  passedOver?: string;
  /** For lint: annotations that its namespace has otherwise than it, and that change nothing until it is made anew. */
  outdated?: string[];
  /** Inbound ports that bypass the proxy. Default: 4567 and 4568, as in the chart. */
  skipInboundPorts?: number[];
  /** Blocks of addresses from which what is not sent to the proxy itself bypasses it (`skip-subnets`). Default: none. */
  skipSubnets?: string[];
  /** Outbound ports that bypass the proxy. Default: 4567 and 4568, as in the chart. */
  skipOutboundPorts?: number[];
  /**
   * Ports that other proxies dial directly, with mTLS, in either transport mode, such as the control plane's. Default: none, beside 4190 and
   * 4191 of every proxy.
   */
  directPorts?: number[];
  /** Opaque ports: the proxy does not detect their protocol. Default: 25, 587, 3306, 4444, 5432, 6379, 9300 and 11211, as in the chart. */
  opaquePorts?: number[];
  /** Where it takes what other proxies send to it. Default 4143. */
  inboundPort?: number;
  /** The ports at which other proxies know it for meshed; to others they send as the application does. Default: all. */
  meshedPorts?: number[];
}

/** What Linkerd's policy controller reads of a pod, beside its labels. */
export interface InboundFacts {
  /** Its annotations, with those that injection copies from its namespace. */
  annotations?: Readonly<Record<string, string>>;
  /** Its containers and init containers. Default: one container with the endpoint's ports. */
  containers?: readonly ContainerFacts[];
  /** Ours: its annotations do not say all that decides: what would have to be known. */
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

/** A probe. Linkerd has an authorization of its own for an `httpGet`, and none for gRPC. */
export interface ProbeFacts {
  /** The request that the kubelet sends. */
  httpGet?: HttpProbe | null;
  /** The port of whose gRPC health service it asks. */
  grpc?: GrpcProbe | null;
}

/** A question of the kubelet to a gRPC health service. */
export interface GrpcProbe {
  /** The container's port, by number. */
  port: number;
}

/** A request of the kubelet. */
export interface HttpProbe {
  /** Default `/`. */
  path?: string | null;
  /** The container's port, by number or by name. */
  port: number | string;
}
