export {
  type AccessRule,
  execRule,
  grantAdvice,
  type Missing,
  namespaceRule,
  podRule,
  podsRule,
  portForwardRule,
  probeContainerRule,
  ruleYaml,
} from "./access";
export type { ClusterObjects } from "./client/cluster-objects";
export { clusterObjects, fromKubeconfig } from "./client/connect";
export type { ClusterChoice } from "./client/kubeconfig";
export { openPrometheus } from "./client/prometheus";
export { openRelay } from "./client/relay";
export type { Cluster, ControlPod, ControlPodSpec, ExecAnswer, InboundAnswers, Limit, StandInSpec } from "./cluster";
export { abandonedNamespaces, controlSeconds, standInOwner } from "./control-namespace";
export type { Drop, DropEnd, DropWatch } from "./drops/drop";
export { ClusterError, type ClusterErrorKind } from "./error";
export { factsOf, type LiveFacts } from "./facts";
export { isJob } from "./live-jobs";
export type { LivePod } from "./live-pods";
export { UNREAD } from "./live-settings";
export type { LiveWorkload } from "./live-workload";
export type { ContainerRef, PodRef } from "./pod-ref";
export { readinessOf } from "./readiness";
export type { ConditionId, ReadinessCondition } from "./readiness/condition";
export { type Readiness, waitUntilReady } from "./readiness/wait";
export type { AgentEndpoint, AgentState, Certificate, Scope, Snapshot } from "./snapshot";
