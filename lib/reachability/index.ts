/**
 * Who can talk to whom under a set of Cilium policies, as Cilium v1.20 itself would decide, without a cluster.
 *
 * Pure: no Pulumi, no I/O.
 *
 * @packageDocumentation
 */

export type {
  ClusterNetworkPolicy,
  ClusterNetworkPolicySpec,
  DestinationPort,
  NamespacedPods,
  OrderedPeer,
  OrderedProtocol,
  OrderedRule,
} from "../cilium/api/cluster-network-policy";
export { ENTITY_NAMES } from "../cilium/api/entities";
export {
  fromClusterNetworkPolicy,
  type OrderedOrigin,
  type TranslatedClusterPolicy,
} from "../cilium/api/from-cluster-network-policy";
export {
  fromKubernetes,
  type ItemOrigin,
  type KubernetesNetworkPolicy,
  type KubernetesPeer,
  type KubernetesPolicySpec,
  type KubernetesPort,
  type TranslatedPolicy,
} from "../cilium/api/from-kubernetes";
export { type Label, LabelSet } from "../cilium/api/labels";
export type { EvaluatedPolicy } from "../cilium/api/policy";
export { refusals } from "../cilium/api/refusals";
export {
  type PeerScope,
  peerSelector,
  type Requirement,
  type Selector,
  selects,
  selectsInit,
  servicePeerSelector,
  subjectSelector,
} from "../cilium/api/selector";
export {
  clusterName,
  DEFAULT_CLUSTER,
  endpointIdentity,
  endpointKind,
  type Identity,
  type IdentityKind,
  podLabels,
} from "../cilium/policy/identity";
export { isIdentityLabel } from "../cilium/policy/label-filter";
export {
  formatPath,
  formatPlace,
  formatProblem,
  formatProblems,
  type Path,
  type Place,
  type Problem,
  ProblemError,
} from "../common/problem";
export { labelKeyProblems, labelValueProblems, selectorProblems } from "../kubernetes/label-syntax";
export {
  DEFAULT_TRANSPORT_MODE,
  INBOUND_PORT,
  META_PORTS,
  type Request,
  type Wire,
  wireOf,
} from "../linkerd/wire/wire";
export {
  type FlowProtocol,
  type PortGroup,
  type PortLabel,
  type PortSpan,
  type StandsFor,
  standsForWords,
} from "../scenario/port-group";
export type * from "../scenario/scenario";
export { type CompileOptions, compile } from "./compile";
export type { EdgeChange } from "./diff";
export { reachableEdges } from "./edges";
export * from "./explain";
export type { LinkerdDecision, RouteDecision } from "./linkerd/linkerd-decision";
export {
  type Answer,
  type ClassifiedSources,
  DEFAULT_RULES,
  type DefaultRule,
  defaultRule,
  type EndVerdict,
  type Matrix,
  type PortOfFlow,
  type Reachability,
  type RefusedPolicy,
  type Verdict,
} from "./verdict";
