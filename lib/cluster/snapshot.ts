import type { Missing } from "./access";
import type {
  ApiObject,
  CiliumEndpointObject,
  ConfigMapObject,
  ControllerObject,
  JobObject,
  NamespaceObject,
  NodeObject,
  PodObject,
  PolicyObject,
  ServiceObject,
} from "./objects";

/** Whose workloads are to be judged. The rest of the cluster is read, where that is allowed, because it has a say in it. */
export interface Scope {
  namespaces: readonly string[];
}

/** What a cluster said of itself, at one time. It can be written to JSON and read back. */
export interface Snapshot {
  context: string;
  /** ISO 8601. */
  readAt: string;
  scope: Scope;
  namespaces: NamespaceObject[];
  nodes: NodeObject[];
  pods: PodObject[];
  services: ServiceObject[];
  /** Deployments, StatefulSets and DaemonSets. */
  controllers: ControllerObject[];
  /** Jobs and CronJobs. Absent in what was written before they were read. */
  jobs?: JobObject[];
  /** CiliumNetworkPolicies and CiliumClusterwideNetworkPolicies. */
  policies: PolicyObject[];
  /** CiliumCIDRGroups. */
  cidrGroups: ApiObject[];
  /** NetworkPolicies and the like, which Cilium enforces too. */
  otherPolicies: ApiObject[];
  /** Linkerd's Servers, authorizations, authentications, routes, limits, EgressNetworks and machines outside. Absent in what was written before they were read. */
  authorization?: ApiObject[];
  /** CiliumNodeConfigs: agents that are set otherwise. Absent in what was written before they were read. */
  nodeConfigs?: ApiObject[];
  /** Linkerd's Links to other clusters. Absent in what was written before they were read. */
  links?: ApiObject[];
  ciliumEndpoints: CiliumEndpointObject[];
  /** `cilium-config` and `linkerd-identity-trust-roots`, where they are there. */
  configMaps: ConfigMapObject[];
  /** Certificates of Linkerd: trust anchors, issuer, webhooks. Never keys. */
  certificates: Certificate[];
  /** What each Cilium agent says of the endpoints of its node. */
  agents: AgentState[];
  /** What could not be read, and is therefore not taken into account. */
  missing: Missing[];
}

export interface Certificate {
  /** Where it stands: `Secret linkerd/linkerd-identity-issuer`. */
  from: string;
  role: "trustAnchor" | "issuer" | "webhook";
  /** One certificate; a bundle gives several entries. */
  pem: string;
}

export interface AgentState {
  node: string;
  /** Name of the agent's pod. */
  pod: string;
  /** The revision of the policies that the agent knows. */
  policyRevision: number;
  endpoints: AgentEndpoint[];
}

export interface AgentEndpoint {
  id: number;
  /** `namespace/name`; absent for the host's and the health endpoint. */
  pod?: string;
  state: string;
  identity: number;
  /** The revision that its maps in the kernel have. */
  policyRevision: number;
}
