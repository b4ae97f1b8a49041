import type { EvaluatedPolicy } from "../cilium/api/policy";
import type { AuthorizationFacts, Scenario } from "../scenario/scenario";
import type { TransportMode } from "../scenario/transport-mode";

/** The policies that traffic is replayed under, with their cluster. */
export interface PolicyState {
  policies: readonly EvaluatedPolicy[];
  scenario: Scenario;
  /** The transport mode that the input states. Absent: the traffic tells. */
  transportMode?: TransportMode | undefined;
  /** Workloads of the manifests. Default: none. */
  workloads?: readonly { id: string; kind: string }[];
  /** CIDR blocks of the pod network that manifests state. Default: none. */
  podNetworks?: readonly string[];
  /** Linkerd's inbound authorization. Absent: proxies admit everything. */
  authorization?: AuthorizationFacts;
}
