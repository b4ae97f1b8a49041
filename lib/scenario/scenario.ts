import type { TransportMode } from "./transport-mode";

/**
 * What has to be known of a cluster to say who can talk to whom. The shape is that of the oracle in tests/oracle, which
 * answers the same file with Cilium's own engine; what it does not know is marked as ours, as are the `mesh` members.
 */
export interface Scenario {
  /** How Cilium is set up. Default: as its chart does. */
  cluster?: ClusterFacts;
  /** Namespaces whose labels count. One that is absent has only the label of its name, which the API server gives it. */
  namespaces?: NamespaceFacts[];
  /** Services that policies name by `toServices`, and that lint compares ports with. */
  services?: ServiceFacts[];
  /**
   * Ours: there may be Services that are not among them. What a rule says by `toServices` then stays unknown where it means none of
   * those; otherwise there is no such Service, which opens the rule's ports to anyone. Default false.
   */
  unseenServices?: boolean;
  /**
   * CiliumCIDRGroups, which policies name by `cidrGroupRef` and `cidrGroupSelector`. What a policy says of a group that is not among them
   * stays unknown; absent, so does what it says of any.
   */
  cidrGroups?: CidrGroupFacts[];
  /** Ours, for lint: what the API server itself calls. */
  webhooks?: WebhookFacts[];
  /** Everyone who can talk: the ends of the flows. Their `id`s differ from each other. */
  endpoints: EndpointFacts[];
  /** Ours, for lint: namespaces that have, or may have, pods which are not among the endpoints. Default: none. */
  unseenPods?: "anywhere" | readonly string[];
  /** Empty or absent: every endpoint to every declared port of every other. */
  flows?: Flow[];
  /** Ours: what Gateways and Ingresses that Cilium serves lead to. Default: nothing. */
  routes?: readonly RouteFacts[];
  /** What Linkerd was installed with. Absent: nothing is meshed, unless an endpoint says so, and then with the default of the chart. */
  mesh?: MeshFacts;
}

/** What of the installation of Linkerd decides what is on the wire. */
export interface MeshFacts {
  /** The control plane's `proxy.outboundTransportMode`. Default `transport-header`, as in the chart. */
  transportMode?: TransportMode;
  /** Its inbound authorization. Absent: proxies take whatever reaches them, as under the chart's default policy. */
  authorization?: AuthorizationFacts;
}

/** What Linkerd's policy controller decides by. What is absent is as in the charts. */
export interface AuthorizationFacts {
  /** Objects of its kinds (Server, AuthorizationPolicy, HTTPRoute …), as the API server stores them. */
  objects: readonly Readonly<Record<string, unknown>>[];
  /** `proxy.defaultInboundPolicy`, of ports that no Server selects. Default `all-unauthenticated`. */
  defaultPolicy?: string;
  /** `clusterNetworks`: the blocks of addresses that count as the cluster's. Default: all private ones. */
  clusterNetworks?: readonly string[];
  /** `policyController.probeNetworks`: from where probes are let in. Default: everywhere. */
  probeNetworks?: readonly string[];
  /** Default `cluster.local`. */
  identityTrustDomain?: string;
  /** Default `linkerd`. */
  controlPlaneNamespace?: string;
}

/** What of a pod Linkerd's policy controller reads beside its labels. */
export interface InboundFacts {
  /** Its own and those that injection copied from its namespace. */
  annotations?: Readonly<Record<string, string>>;
  /** Containers and init containers: their named ports and their probes. Default: one with the endpoint's ports. */
  containers?: readonly ContainerFacts[];
}

/** What of a container decides about its ports' authorization. */
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
  /** By which Servers, Services and policies may name it. */
  name?: string;
  /** Its number. */
  containerPort: number;
  /** Default `TCP`. */
  protocol?: string;
}

/** A probe; others than `httpGet` open nothing. */
export interface ProbeFacts {
  /** What the kubelet asks for. */
  httpGet?: HttpProbe | null;
}

/** A request of the kubelet. */
export interface HttpProbe {
  /** Default `/`. */
  path?: string | null;
  /** The container's port, by number or by name. */
  port: number | string;
}

/** What of the set-up of Cilium decides verdicts. */
export interface ClusterFacts {
  /** Cilium's `cluster.name`, the value of the label `io.cilium.k8s.policy.cluster`. Default `default`. */
  name?: string;
  /** Dual stack: the world is `world-ipv4` and `world-ipv6` instead of `world`. Default false. */
  ipv6?: boolean;
  /** Whether the agent has its L7 proxy (`l7Proxy` of the chart). Without it, policies with HTTP or DNS rules are refused. Default true. */
  l7Proxy?: boolean;
  /**
   * The agent's `--enable-policy`. `always`: pods that no policy selects are denied everything; `never`: no policy is enforced. Default `default`: a
   * policy is enforced for those that it selects.
   */
  policyEnforcement?: "default" | "always" | "never";
  /** The agent's `--policy-audit-mode`: what policies deny is reported and let through. Default false. */
  auditMode?: boolean;
  /**
   * Ours: whether Cilium serves Gateways or Ingresses. Its proxy is then an endpoint of each node, `ingress`, which clusterwide policies may select.
   * Default false.
   */
  servesGateways?: boolean;
  /** Whether policies with a `nodeSelector` are enforced. Default: where there is such a policy. */
  hostFirewall?: boolean;
  /**
   * Whether peers that do not speak of clusters are those of the own cluster (`clustermesh.policyDefaultLocalCluster`). Default true, as since
   * Cilium 1.19.
   */
  policyDefaultLocalCluster?: boolean;
  /** The agent's `--labels`: what makes a label part of an identity beside Cilium's own list, `[source:]pattern`, with `!` before what does not. */
  labels?: string[];
  /** The agent's `--policy-cidr-match-mode`. Default none: a CIDR matches neither pods nor nodes. */
  cidrMatchMode?: ("nodes" | "pods")[];
}

/** A namespace, for policies that select by its labels. */
export interface NamespaceFacts {
  /** Its name. */
  name: string;
  /** Its labels; `kubernetes.io/metadata.name` is added. */
  labels?: Record<string, string>;
}

/** A Service, for policies that name one. */
export interface ServiceFacts {
  /** Its name. */
  name: string;
  /** Its namespace. */
  namespace: string;
  /** Its own labels, not those of its pods. */
  labels?: Record<string, string>;
  /** Absent or empty: a Service without selector, whose `backends` are addresses outside the model. */
  selector?: Record<string, string>;
  /** IP addresses behind a Service without selector. */
  backends?: string[];
  /** Ours: of a Service without selector, that its `backends` are not known. What a rule says by it then stays unknown. Default false. */
  unseenBackends?: boolean;
  /** Ours, for lint: policies see the target port, never the Service's. */
  ports?: ServicePort[];
}

/** A Service that the API server calls. */
export interface WebhookFacts {
  /** What says so. */
  kind: "MutatingWebhookConfiguration" | "ValidatingWebhookConfiguration" | "APIService" | "CustomResourceDefinition";
  /** Of a webhook its own name, else that of the object. */
  name: string;
  /** The Service's name. */
  service: string;
  /** The Service's namespace. */
  namespace: string;
  /** The Service's port. */
  port: number;
  /** Of an admission webhook: what happens to a request that it does not answer. */
  failurePolicy?: "Fail" | "Ignore";
  /** Of an admission webhook: what it is asked about. */
  resources?: string[];
}

/** A CiliumCIDRGroup: addresses outside the cluster under a name. */
export interface CidrGroupFacts {
  /** Its name. */
  name: string;
  /** Its labels, which `cidrGroupSelector` compares. */
  labels?: Record<string, string>;
  /** Its `externalCIDRs`, each `address/bits`. */
  cidrs: string[];
}

/** A port of a Service, and what is behind it. */
export interface ServicePort {
  /** What clients of the Service connect to, 1 to 65535. */
  port: number;
  /** A container's port by number or name. Absent: the same as `port`. */
  targetPort?: number | string;
  /** Default TCP. */
  protocol?: string;
  /** By which routes may name it. */
  name?: string;
}

/** Where a route of Cilium's own proxy leads to. */
export interface RouteFacts extends Flow {
  /** Which: `HTTPRoute site/abc`. */
  object: string;
  /** The file that it is in. */
  file: string;
  /** Counted from 1. */
  line?: number | undefined;
}

/** A workload's pods (they share one identity), or with `ip` or `reserved` a peer that is no pod. */
export interface EndpointFacts {
  /** What flows and verdicts call it; no other endpoint has it. */
  id: string;
  /** Of a pod. */
  namespace?: string;
  /** Of a pod: the labels that it carries itself. Those that Cilium adds are added here too. */
  labels?: Record<string, string>;
  /** Of a pod of another cluster of the mesh: that cluster's name. What its own cluster's policies say of it is not known here. */
  cluster?: string;
  /** Of a pod: the service account that it runs under, without namespace. */
  serviceAccount?: string;
  /** Ports of its containers, which rules may name, and which are asked about where there are no `flows`. */
  ports?: NamedPort[];
  /**
   * An address outside the cluster. With `reserved`: that of a node, which CIDRs match with `cidrMatchMode`, or, of `[kube-apiserver]` alone, of an API
   * server that is on no node.
   */
  ip?: string;
  /** With `ip`: the DNS name that resolved to it. */
  fqdn?: string;
  /** Ours, with `fqdn`: the name is one that the cluster serves itself, at its own Gateway, so that whoever goes there does not leave it. */
  isOwnName?: boolean;
  /** Reserved identity labels: `[host]`, `[remote-node, kube-apiserver]`, `[world]` … */
  reserved?: string[];
  /** Of a node (with `reserved`): the labels of its Node, by which policies with a `nodeSelector` select it. Default: none. */
  nodeLabels?: Record<string, string>;
  /** Its sidecar. */
  mesh?: EndpointMesh;
  /** What decides Linkerd's authorization at it, where the scenario has one. */
  inbound?: InboundFacts;
  /** With `reserved`, ours, for lint: a pod in its node's network (`hostNetwork`), whose identity is its node's. */
  hostNetwork?: HostNetworkPod;
  /** Ours: of a pod, that there are several like it at once, of which one may talk to another. Default false. */
  several?: boolean;
  /** Ours: it is in no manifest, and stands for all like it that policies may mean. */
  representative?: Representative;
}

/** What stands for all pods of a kind that no manifest names. */
export interface Representative {
  /** `id`s of more general ones: beside one of them, where both are answered alike, it says nothing new. */
  foldsInto: readonly string[];
}

/** What a pod would be known by if it were not in its node's network. */
export interface HostNetworkPod {
  /** The labels that it carries. They select nothing. */
  labels: Record<string, string>;
}

/** A port of a container. */
export interface NamedPort {
  /** Its name, which a rule may use in place of the number. */
  name?: string;
  /** 1 to 65535. */
  port: number;
  /** Default TCP. `ICMP` and `ICMPv6`: `port` is a type, which is asked about and which no container declares. */
  protocol?: string;
  /** Ours: where nobody is known to listen and `port` is asked about for others like it, which ones: `9000-9999`, `any port`. */
  standsFor?: string;
}

/** What Linkerd knows of a pod. Absent: not meshed. */
export interface EndpointMesh {
  /** Whether it has the proxy. */
  injected: boolean;
  /** Where it has none although its annotations ask for one: what makes the injector pass over it. For lint. */
  passedOver?: string;
  /** Ports that pass its proxy by on the way in. Default: 4567 and 4568, as in the chart. */
  skipInboundPorts?: number[];
  /** Ports that pass its proxy by on the way out. Default: 4567 and 4568, as in the chart. */
  skipOutboundPorts?: number[];
  /**
   * Ports that other proxies dial themselves, with mTLS and unmoved in either transport mode, as they do the control plane's. Default: none, but
   * for 4190 and 4191 of every proxy.
   */
  directPorts?: number[];
  /** Ports whose protocol its proxy does not look for. Default: 25, 587, 3306, 4444, 5432, 6379, 9300 and 11211, as in the chart. */
  opaquePorts?: number[];
}

/** What the application asks for. On a mesh the wire may differ. */
export interface Flow {
  /** `id` of the endpoint that connects. */
  from: string;
  /** `id` of the endpoint that is connected to. */
  to: string;
  /** TCP, UDP, SCTP, ICMP or ICMPv6. */
  proto: string;
  /** The backend's port (never a Service's); for ICMP the type. */
  port: number;
  /** Ours: which ports `port` is an example of, see {@link NamedPort.standsFor}. */
  standsFor?: string;
}
