import type { LabelSelector } from "../kubernetes/label-selector";
import type { EndpointFacts } from "./endpoint";
import type { StandsFor } from "./port-group";
import type { TransportMode } from "./transport-mode";

export type * from "./endpoint";

/**
 * Everything about a cluster that decides who can talk to whom. The oracle in tests/oracle reads the same format and answers with Cilium's own
 * engine; it ignores `mesh` and the members marked "Ours".
 */
export interface Scenario {
  /** The configuration of Cilium. Default: that of its chart. */
  cluster?: ClusterFacts;
  /**
   * Ours: settings of the agents on some nodes that override `cluster`. If such a setting decides a verdict, and it is not known whether an endpoint
   * runs on such a node, the verdict is unknown. Default: none.
   */
  nodeSettings?: readonly NodeSettings[];
  /** Namespaces with their labels. A namespace that is not listed has only the name label that the API server adds. */
  namespaces?: NamespaceFacts[];
  /** Services, which policies select by `toServices`, and whose ports lint checks. */
  services?: ServiceFacts[];
  /**
   * Ours: whether `services` may be incomplete. If so, a `toServices` that selects none of them has an unknown verdict. If not, no such Service exists,
   * and Cilium opens the rule's ports to anyone. Default false.
   */
  unseenServices?: boolean;
  /**
   * CiliumCIDRGroups, which policies select by `cidrGroupRef` and `cidrGroupSelector`. A reference to a group that is not listed makes the verdict
   * unknown. Absent: no group is known.
   */
  cidrGroups?: CidrGroupFacts[];
  /** Every possible end of a flow. Each `id` is unique. */
  endpoints: EndpointFacts[];
  /** The flows to decide. Empty or absent: from every endpoint to every declared port of every other. */
  flows?: Flow[];
  /** Ours: the Service addresses that Cilium, in place of kube-proxy, translates to pods before it applies the client's policy. Default: none. */
  frontends?: readonly FrontendFacts[];
  /** Ours: the backends of the Gateways and Ingresses that Cilium serves. Default: none. */
  routes?: readonly RouteFacts[];
  /** The configuration of Linkerd. Default: that of its chart; only endpoints with `mesh` are meshed. */
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
  /** Objects that only ever admit clients and are not fully known, each as wide as it may be. Default: none. */
  widest?: readonly {
    /** The object, as wide as it may be. */
    object: Readonly<Record<string, unknown>>;
    /** The missing fact. */
    missing: string;
  }[];
  /** By namespace, or `*` for all namespaces: the missing fact that leaves every authorization there unknown. Default: none. */
  undecidedIn?: Readonly<Record<string, string>>;
  /** The text of the objects that are not fully known, which tells whether two states depend on the same ones. Default: all are known. */
  undecidedAs?: string;
  /** `proxy.defaultInboundPolicy`, for ports that no Server selects. Default `all-unauthenticated`. */
  defaultPolicy?: string;
  /** `clusterNetworks`: the CIDR blocks that count as the cluster's. Default: all private ones. */
  clusterNetworks?: readonly string[];
  /** `policyController.probeNetworks`: where probes may come from. Default: anywhere. */
  probeNetworks?: readonly string[];
  /** `egress.globalEgressNetworkNamespace`: its EgressNetworks apply to clients in namespaces without their own. Default `linkerd-egress`. */
  egressNamespace?: string;
  /** Default `cluster.local`. */
  identityTrustDomain?: string;
  /** Default `linkerd`. */
  controlPlaneNamespace?: string;
}

/** The configuration of Cilium that decides verdicts. */
export interface ClusterFacts {
  /** Ours: whether Cilium replaces kube-proxy. Default false. */
  kubeProxyReplacement?: boolean;
  /**
   * Ours: whether packets between nodes are routed natively (`routingMode: native`) rather than through tunnels, which carry the sender's identity.
   * Default: unknown.
   */
  nativeRouting?: boolean;
  /**
   * Ours: how Cilium, in place of kube-proxy, forwards outside clients to pods on other nodes (`loadBalancer.mode`): `snat` with the address of the
   * node that they came to, `dsr` with their own, `hybrid` TCP like `dsr` and UDP like `snat`. Default `snat`.
   */
  loadBalancerMode?: "snat" | "dsr" | "hybrid";
  /** Cilium's `cluster.name`, the value of the label `io.cilium.k8s.policy.cluster`. Default `default`. */
  name?: string;
  /**
   * Whether the cluster is dual-stack: the world is then `world-ipv4` and `world-ipv6` instead of `world`. Default false; but pods may have IPv6
   * addresses unless this is explicitly false.
   */
  ipv6?: boolean;
  /** Ours: whether pods have IPv4 addresses (`ipv4.enabled` of the chart). Default true. */
  ipv4?: boolean;
  /**
   * Whether agents carry out the authentication that rules require (`authentication.enabled` of the chart, off by default). If not, Cilium drops what
   * such a rule allows. Default: unknown; the verdict is then the policy map's, which allows it.
   */
  mutualAuthentication?: boolean;
  /** Whether the agent runs its L7 proxy (`l7Proxy` of the chart). Without it, Cilium refuses policies with HTTP or DNS rules. Default true. */
  l7Proxy?: boolean;
  /**
   * The agent's `--enable-policy`. `default` enforces policies on the endpoints that they select, `always` also denies everything to endpoints that no
   * policy selects, `never` enforces nothing. Default `default`.
   */
  policyEnforcement?: "default" | "always" | "never";
  /** The agent's `--policy-audit-mode`: denied traffic is logged and passes. Default false. */
  auditMode?: boolean;
  /**
   * Ours: whether Cilium serves Gateways or Ingresses. Each node then has an endpoint for its proxy, `ingress`, which clusterwide policies can
   * select. Default false.
   */
  servesGateways?: boolean;
  /** Whether policies with a `nodeSelector` are enforced. Default: true if such a policy exists. */
  hostFirewall?: boolean;
  /**
   * Whether peers that name no cluster select only this cluster's endpoints (`clustermesh.policyDefaultLocalCluster`). Default true, as in Cilium 1.19
   * and later.
   */
  policyDefaultLocalCluster?: boolean;
  /** The agent's `--labels`: the labels that are part of an identity, besides Cilium's own list. `[source:]pattern`; a leading `!` excludes. */
  labels?: string[];
  /** The agent's `--policy-cidr-match-mode`. Default none: a CIDR matches neither pods nor nodes. */
  cidrMatchMode?: ("nodes" | "pods")[];
  /** Ours: whether agents accept peers by node labels (`--enable-node-selector-labels`); which nodes they select is unknown. Default false. */
  nodePeers?: boolean;
  /** Ours: whether agents accept rules for VRRP, IGMP and other protocols without ports (`--enable-extended-ip-protocols`). Default false. */
  extendedProtocols?: boolean;
  /** Ours: settings whose value is unknown. A verdict that depends on one is unknown. Default: none. */
  unknown?: UnknownSettings;
}

/** Settings of the agent that are given but whose value is unknown, each with the missing fact. */
export type UnknownSettings = Partial<
  Record<
    "policyEnforcement" | "auditMode" | "hostFirewall" | "cidrMatchMode" | "nativeRouting" | "loadBalancerMode",
    string
  >
>;

/** Settings of the agents on some nodes: a CiliumNodeConfig. If two of them set the same thing on a node, the later in the list wins. */
export interface NodeSettings {
  /** The object, what it sets, and where: `CiliumNodeConfig kube-system/audit (audit.yaml:1) sets policy-audit-mode`. */
  description: string;
  /** The nodes. */
  nodeSelector: LabelSelector;
  /** The settings. */
  cluster: NodeFacts;
  /** Whether the settings may not apply even on those nodes, because they are one of several values that may be filled in. Default false. */
  uncertain?: boolean;
}

/** The settings that may differ from agent to agent in one cluster. */
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
  /** Ours: labels whose values are unknown, like {@link PodFacts.unknownLabels}. */
  unknownLabels?: Record<string, string>;
}

/** A Service, which policies may name. */
export interface ServiceFacts {
  /** Its name. */
  name: string;
  /** Its namespace. */
  namespace: string;
  /** Its own labels, not those of its pods. */
  labels?: Record<string, string>;
  /** Ours: labels whose values are unknown, like {@link PodFacts.unknownLabels}. */
  unknownLabels?: Record<string, string>;
  /** Absent or empty: a Service without a selector, whose `backends` are addresses. */
  selector?: Record<string, string>;
  /** Ours: the missing fact, if `selector` is incomplete. Default: it is complete. */
  unknownSelector?: string;
  /** The IP addresses behind a Service without a selector. */
  backends?: string[];
  /** Ours: whether the `backends` of a Service without a selector are unknown, which makes the verdict of rules that name it unknown. Default false. */
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
  /** Ours: the missing fact, if `cidrs` or `labels` are incomplete. Default: they are complete. */
  unknown?: string;
}

/** A port of a Service, and its target. */
export interface ServicePort {
  /** The port that clients connect to, 1 to 65535. */
  port: number;
  /** A container's port by number or name. Absent: the same as `port`. */
  targetPort?: number | string;
  /** Ours: the missing fact, if the target is given but unknown. Default: it is known. */
  unknownTarget?: string;
  /** Default TCP. */
  protocol?: string;
  /** Its name, which routes may use. */
  name?: string;
  /** Ours: the port on every node that forwards to it. */
  nodePort?: number;
}

/** A port of a Service at addresses other than its ClusterIP: a NodePort, a load balancer's address, or `externalIPs`. */
export interface FrontendFacts {
  /** The Service, `namespace/name`. */
  service: string;
  /** `id`s of the endpoints that have the addresses. */
  at: readonly string[];
  /** TCP, UDP or SCTP. */
  proto: string;
  /** The port at those addresses. */
  port: number;
  /** The pods behind it, and their ports. Empty: unknown. */
  backends: readonly Pick<Flow, "to" | "port">[];
  /** The missing fact, if the pods or their ports are not fully known. Default: they are known. */
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

/** A connection that an application opens. In a mesh, its packets may go to another port. */
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
