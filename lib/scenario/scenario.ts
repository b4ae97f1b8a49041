import type { LabelSelector } from "../kubernetes/label-selector";
import type { EndpointFacts } from "./endpoint";
import type { StandsFor } from "./port-group";
import type { TransportMode } from "./transport-mode";

export type * from "./endpoint";

/**
 * Everything about a cluster that decides who can talk to whom. The oracle in tests/oracle reads the same file and answers with Cilium's own
 * engine; it ignores the members marked as ours, and `mesh`.
 */
export interface Scenario {
  /** How Cilium is configured. Default: as its chart configures it. */
  cluster?: ClusterFacts;
  /**
   * Ours: agents that are set otherwise than `cluster` says, because of the nodes that they run on. Where it is not known whether an endpoint is on
   * such a node, and the setting decides, the verdict is unknown. Default: none.
   */
  nodeSettings?: readonly NodeSettings[];
  /** Namespaces with their labels. A namespace that is not listed has only the name label that the API server adds. */
  namespaces?: NamespaceFacts[];
  /** Services that policies select by `toServices`, and whose ports lint checks. */
  services?: ServiceFacts[];
  /**
   * Ours: `services` may be incomplete. A `toServices` that selects none of them then has an unknown verdict; otherwise there is no such
   * Service, which opens the rule's ports to anyone. Default false.
   */
  unseenServices?: boolean;
  /**
   * CiliumCIDRGroups, which policies select by `cidrGroupRef` and `cidrGroupSelector`. A reference to a group that is not listed has an
   * unknown verdict. Absent: no group is known.
   */
  cidrGroups?: CidrGroupFacts[];
  /** Every possible end of a flow. Each `id` is unique. */
  endpoints: EndpointFacts[];
  /** The flows to decide. Empty or absent: from every endpoint to every declared port of every other. */
  flows?: Flow[];
  /** Ours: what Cilium, in the place of kube-proxy, leads to pods before it asks the client's policy. Default: none. */
  frontends?: readonly FrontendFacts[];
  /** Ours: the backends of the Gateways and Ingresses that Cilium serves. Default: none. */
  routes?: readonly RouteFacts[];
  /** How Linkerd is configured. Absent: as its chart configures it; only endpoints with `mesh` are meshed. */
  mesh?: MeshFacts;
}

/** The configuration of Linkerd that decides what is on the wire and who is authorized. */
export interface MeshFacts {
  /** The control plane's `proxy.outboundTransportMode`. Default `transport-header`, as in the chart. */
  transportMode?: TransportMode;
  /** Its inbound authorization. Absent: proxies accept everything, as under the chart's default policy. */
  authorization?: AuthorizationFacts;
}

/** The input of Linkerd's policy controller. Absent members are as in the charts. */
export interface AuthorizationFacts {
  /** Objects of its kinds (Server, AuthorizationPolicy, HTTPRoute …), as the API server stores them. */
  objects: readonly Readonly<Record<string, unknown>>[];
  /** Objects that only ever let in and are not all known, as wide as they may be, with what would have to be known. Default: none. */
  widest?: readonly {
    /** As wide as it may be. */
    object: Readonly<Record<string, unknown>>;
    /** What would have to be known. */
    missing: string;
  }[];
  /** By namespace, or `*` for all: what would have to be known to say anything of its servers. Default: none. */
  undecidedIn?: Readonly<Record<string, string>>;
  /** How the objects are written of which not all is known, to tell whether two states hang on the same. Default: nothing is said. */
  undecidedAs?: string;
  /** `proxy.defaultInboundPolicy`, for ports that no Server selects. Default `all-unauthenticated`. */
  defaultPolicy?: string;
  /** `clusterNetworks`: the CIDR blocks that count as the cluster's. Default: all private ones. */
  clusterNetworks?: readonly string[];
  /** `policyController.probeNetworks`: where probes may come from. Default: anywhere. */
  probeNetworks?: readonly string[];
  /** `egress.globalEgressNetworkNamespace`: its EgressNetworks hold for clients of namespaces without any. Default `linkerd-egress`. */
  egressNamespace?: string;
  /** Default `cluster.local`. */
  identityTrustDomain?: string;
  /** Default `linkerd`. */
  controlPlaneNamespace?: string;
}

/** The configuration of Cilium that decides verdicts. */
export interface ClusterFacts {
  /** Ours: whether Cilium stands in for kube-proxy. Default false. */
  kubeProxyReplacement?: boolean;
  /**
   * Ours: whether packets between nodes go as they are (`routingMode: native`), and not through tunnels, which tell the identity of who sent them.
   * Default: not known.
   */
  nativeRouting?: boolean;
  /**
   * Ours: how Cilium, in the place of kube-proxy, leads clients outside to pods on other nodes (`loadBalancer.mode`): `snat` with the address of
   * the node that they came to, `dsr` with their own, `hybrid` TCP like `dsr` and UDP like `snat`. Default `snat`.
   */
  loadBalancerMode?: "snat" | "dsr" | "hybrid";
  /** Cilium's `cluster.name`, the value of the label `io.cilium.k8s.policy.cluster`. Default `default`. */
  name?: string;
  /** Dual stack: the world is `world-ipv4` and `world-ipv6` instead of `world`. Default false, but that pods have no IPv6 counts only where it is said. */
  ipv6?: boolean;
  /** Ours: whether pods have IPv4 addresses (`ipv4.enabled` of the chart). Default true. */
  ipv4?: boolean;
  /**
   * Whether agents process what rules with `authentication` ask for (`authentication.enabled` of the chart, off by default). Where they do not, what
   * such a rule allows is dropped. Default: not known, and the answer is the policy map's, which allows it.
   */
  mutualAuthentication?: boolean;
  /** Whether the agent has its L7 proxy (`l7Proxy` of the chart). Without it, policies with HTTP or DNS rules are refused. Default true. */
  l7Proxy?: boolean;
  /**
   * The agent's `--enable-policy`. `default` enforces a policy for the endpoints that it selects, `always` also denies everything to endpoints
   * that no policy selects, `never` enforces none. Default `default`.
   */
  policyEnforcement?: "default" | "always" | "never";
  /** The agent's `--policy-audit-mode`: denied traffic is logged and passes. Default false. */
  auditMode?: boolean;
  /**
   * Ours: whether Cilium serves Gateways or Ingresses. Each node then has an endpoint for its proxy, `ingress`, which clusterwide policies can
   * select. Default false.
   */
  servesGateways?: boolean;
  /** Whether policies with a `nodeSelector` are enforced. Default: true if there is such a policy. */
  hostFirewall?: boolean;
  /**
   * Whether peers that name no cluster are peers of this cluster alone (`clustermesh.policyDefaultLocalCluster`). Default true, as in Cilium
   * 1.19 and later.
   */
  policyDefaultLocalCluster?: boolean;
  /** The agent's `--labels`: which labels are part of an identity, beside Cilium's own list. `[source:]pattern`, or `!` before it to exclude. */
  labels?: string[];
  /** The agent's `--policy-cidr-match-mode`. Default none: a CIDR matches neither pods nor nodes. */
  cidrMatchMode?: ("nodes" | "pods")[];
  /** Ours: whether agents take peers by the labels of nodes (`--enable-node-selector-labels`); which those are is not known. Default false. */
  nodePeers?: boolean;
  /** Ours: whether agents take rules of VRRP, IGMP and the like without a port (`--enable-extended-ip-protocols`). Default false. */
  extendedProtocols?: boolean;
  /** Ours: of settings that are given and not known, what would have to be known. What hangs on them is unknown. Default: none. */
  unknown?: UnknownSettings;
}

/** Settings of the agent that are given and not known, each with what would have to be known. */
export type UnknownSettings = Partial<
  Record<
    "policyEnforcement" | "auditMode" | "hostFirewall" | "cidrMatchMode" | "nativeRouting" | "loadBalancerMode",
    string
  >
>;

/** How the agents of some nodes are set: a CiliumNodeConfig. Of two that set the same on one node, the later in the list counts. */
export interface NodeSettings {
  /** The object, what it sets, and where that stands: `CiliumNodeConfig kube-system/audit (audit.yaml:1) sets policy-audit-mode`. */
  said: string;
  /** The nodes. */
  nodeSelector: LabelSelector;
  /** What it sets. */
  cluster: NodeFacts;
  /** Whether not even on its nodes it is known to hold: it is one of the values that may be filled in. Default false. */
  perhaps?: boolean;
}

/** What agents of one cluster may have each for itself. */
export type NodeFacts = Pick<
  ClusterFacts,
  | "ipv6"
  | "kubeProxyReplacement"
  | "l7Proxy"
  | "labels"
  | "policyEnforcement"
  | "auditMode"
  | "hostFirewall"
  | "policyDefaultLocalCluster"
  | "cidrMatchMode"
>;

/** A namespace, which policies select by its labels. */
export interface NamespaceFacts {
  /** Its name. */
  name: string;
  /** Its labels; `kubernetes.io/metadata.name` is added. */
  labels?: Record<string, string>;
  /** Ours: its labels whose values are not known, as {@link PodFacts.unknownLabels}. */
  unknownLabels?: Record<string, string>;
}

/** A Service, for policies that name one. */
export interface ServiceFacts {
  /** Its name. */
  name: string;
  /** Its namespace. */
  namespace: string;
  /** Its own labels, not those of its pods. */
  labels?: Record<string, string>;
  /** Ours: its labels whose values are not known, as {@link PodFacts.unknownLabels}. */
  unknownLabels?: Record<string, string>;
  /** Absent or empty: a Service without a selector, whose `backends` are addresses. */
  selector?: Record<string, string>;
  /** Ours: `selector` is not all of its selector: what would have to be known. */
  unknownSelector?: string;
  /** The IP addresses behind a Service without a selector. */
  backends?: string[];
  /** Ours: the `backends` of a Service without a selector are not known, so that a rule with it has an unknown verdict. Default false. */
  unseenBackends?: boolean;
  /** Ours, for lint: its ports. Policies see the target port, never the Service's. */
  ports?: ServicePort[];
}

/** A CiliumCIDRGroup: named addresses outside the cluster. */
export interface CidrGroupFacts {
  /** Its name. */
  name: string;
  /** Its labels, which `cidrGroupSelector` matches. */
  labels?: Record<string, string>;
  /** Its `externalCIDRs`, each `address/bits`. */
  cidrs: string[];
  /** Ours: `cidrs` are not all of them, or `labels` not all of its labels: what would have to be known. */
  unknown?: string;
}

/** A port of a Service, and what is behind it. */
export interface ServicePort {
  /** The port that clients connect to, 1 to 65535. */
  port: number;
  /** A container's port by number or name. Absent: the same as `port`. */
  targetPort?: number | string;
  /** Ours: the target is given and not known; what would have to be. Default: it is known. */
  unknownTarget?: string;
  /** Default TCP. */
  protocol?: string;
  /** Its name, which routes may use. */
  name?: string;
  /** Ours: the port of every node that leads to it. */
  nodePort?: number;
}

/** A port of a Service at addresses that are not its ClusterIP: a NodePort, a LoadBalancer's, or `externalIPs`. */
export interface FrontendFacts {
  /** `namespace/name` */
  service: string;
  /** `id`s of the endpoints that have the addresses. */
  at: readonly string[];
  /** TCP, UDP or SCTP. */
  proto: string;
  /** The port there. */
  port: number;
  /** The pods that it leads to, and their ports. Empty: not known. */
  backends: readonly Pick<Flow, "to" | "port">[];
  /** What would have to be known to say which pods those are, or which of their ports. Default: it is known. */
  unknown?: string;
}

/** A backend of a route of Cilium's own proxy. */
export interface RouteFacts extends Flow {
  /** The route: `HTTPRoute site/abc`. */
  object: string;
  /** The file that it is in. */
  file: string;
  /** Counted from 1. */
  line?: number | undefined;
}

/** A connection that an application makes. On a mesh, the packets may go to another port. */
export interface Flow {
  /** `id` of the endpoint that connects. */
  from: string;
  /** `id` of the endpoint that is connected to. */
  to: string;
  /** TCP, UDP, SCTP, ICMP or ICMPv6. */
  proto: string;
  /** The backend's port (never a Service's); for ICMP the type. */
  port: number;
  /** Ours: the ports that `port` stands for, see {@link NamedPort.standsFor}. */
  standsFor?: StandsFor;
}
