export { type AccessRule, grantAdvice, type Missing, ruleYaml } from "./access";
export { fromKubeconfig } from "./client/connect";
export type { ClusterChoice } from "./client/kubeconfig";
export type { Cluster, ContainerRef, Control, ControlSpec, ExecAnswer, Limit, PodRef } from "./cluster";
export type { Drop, DropEnd, DropWatch } from "./drops/drop";
export { ClusterError, type ClusterErrorKind } from "./error";
export { factsOf, type LiveFacts, type LivePod, type LiveWorkload } from "./facts";
export type { ReadinessCondition } from "./readiness/condition";
export type { AgentEndpoint, AgentState, Certificate, Scope, Snapshot } from "./snapshot";
