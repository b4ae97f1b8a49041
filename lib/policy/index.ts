export { Entity } from "./entity";
export { allow, type Edge, type Workload } from "./intent";
export { CiliumLabel, type EndpointSelector, Endpoints, Label, type NamespaceSelector } from "./labels";
export { type LabelExpression, LabelOperator, type PolicyManifest } from "./manifest";
export {
  type CidrPeer,
  type EgressDenyPeer,
  EgressDenyPeerKind,
  type EgressPeer,
  EgressPeerKind,
  type FqdnPeer,
  type IngressPeer,
  IngressPeerKind,
  Peer,
  type ServicePeer,
} from "./peer";
export { clusterwideNetworkPolicy, networkPolicy } from "./policy";
export { Icmp, IpFamily, Port, Protocol } from "./port";
export { PolicyError, type Problem } from "./problem";
export {
  allowAllEgress,
  allowAllIngress,
  type ClusterwideNetworkPolicySpec,
  type DefaultDeny,
  type DeniedEgressTraffic,
  denyAllEgress,
  denyAllIngress,
  type EgressTraffic,
  type IngressTraffic,
  kubeDns,
  type NetworkPolicySpec,
  type PolicySpec,
} from "./spec";
export { fromYaml, toYaml, type YamlPolicies } from "./yaml";
