/**
 * Who can talk to whom under a set of Cilium policies, as Cilium v1.20 itself would decide, without a cluster.
 *
 * Pure: no Pulumi, no I/O.
 *
 * @packageDocumentation
 */

export {
  DEFAULT_TRANSPORT_MODE,
  INBOUND_PORT,
  META_PORTS,
  type Request,
  type Wire,
  wireOf,
} from "../mesh/wire";
export {
  fromKubernetes,
  type ItemOrigin,
  type KubernetesNetworkPolicy,
  type KubernetesPeer,
  type KubernetesPolicySpec,
  type KubernetesPort,
  type TranslatedPolicy,
} from "../policy/kubernetes";
export type { EvaluatedPolicy } from "../policy/manifest";
export { type CompileOptions, compile, ScenarioError } from "./compile";
export { reachableEdges } from "./edges";
export { ENTITY_NAMES } from "./entities";
export {
  clusterName,
  DEFAULT_CLUSTER,
  endpointIdentity,
  endpointKind,
  type Identity,
  type IdentityKind,
  podLabels,
} from "./identity";
export { isIdentityLabel } from "./label-filter";
export { labelKeyProblems, labelValueProblems, selectorProblems } from "./label-syntax";
export { type Label, LabelSet } from "./labels";
export { refusals } from "./refusals";
export type * from "./scenario";
export {
  type PeerScope,
  peerSelector,
  type Requirement,
  type Selector,
  selects,
  selectsInit,
  servicePeerSelector,
  subjectSelector,
} from "./selector";
export {
  type AlikeSources,
  type Answer,
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
