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

/** Which workloads to judge. The rest of the cluster is read, too, if that is allowed, because it affects them. */
export interface Scope {
  namespaces: readonly string[];
}

/** The state of a cluster at one time. It survives a round trip through JSON. */
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
  /** Jobs and CronJobs. Absent in older snapshots. */
  jobs?: JobObject[];
  /** CiliumNetworkPolicies and CiliumClusterwideNetworkPolicies. */
  policies: PolicyObject[];
  /** CiliumCIDRGroups. */
  cidrGroups: ApiObject[];
  /** NetworkPolicies and the like, which Cilium enforces too. */
  otherPolicies: ApiObject[];
  /** Linkerd's Servers, authorizations, authentications, routes, limits, EgressNetworks and machines outside. Absent in older snapshots. */
  authorization?: ApiObject[];
  /** CiliumNodeConfigs: settings of some nodes. Absent in older snapshots. */
  nodeConfigs?: ApiObject[];
  /** Linkerd's Links to other clusters. Absent in older snapshots. */
  links?: ApiObject[];
  ciliumEndpoints: CiliumEndpointObject[];
  /** `cilium-config` and `linkerd-identity-trust-roots`, if they exist. */
  configMaps: ConfigMapObject[];
  /** Certificates of Linkerd: trust anchors, issuer, webhooks. Never keys. */
  certificates: Certificate[];
  /** What each Cilium agent reports about the endpoints of its node. */
  agents: AgentState[];
  /** What could not be read, and is not taken into account. */
  missing: Missing[];
}

export interface Certificate {
  /** Its source: `Secret linkerd/linkerd-identity-issuer`. */
  from: string;
  role: "trustAnchor" | "issuer" | "webhook";
  /** One certificate; a bundle gives several entries. */
  pem: string;
}

export interface AgentState {
  node: string;
  /** Name of the agent's pod. */
  pod: string;
  /** The policy revision that the agent has. */
  policyRevision: number;
  endpoints: AgentEndpoint[];
}

export interface AgentEndpoint {
  id: number;
  /** `namespace/name`; absent for the host's and the health endpoint. */
  pod?: string;
  state: string;
  identity: number;
  /** The policy revision of its maps in the kernel. */
  policyRevision: number;
}
