export { type LabelExpression, LabelOperator } from "../../kubernetes/label-selector";
export {
  CiliumLabel,
  type EndpointSelector,
  Endpoints,
  type EveryEndpoint,
  type EveryNamespace,
  Label,
  type LabelledEndpoints,
  type LabelledNamespaces,
  type NamedNamespace,
  type NamespaceSelector,
} from "../api/endpoint-selector";
export type { PolicyManifest } from "../api/policy";
export { Entity } from "./entity";
export {
  type CidrBlock,
  type CidrGroup,
  type CidrPeer,
  type EgressDenyPeer,
  type EgressPeer,
  type EndpointsPeer,
  type EntityPeer,
  type EverythingPeer,
  type FqdnPeer,
  type IngressPeer,
  type LabelledServices,
  type NamedService,
  type NothingPeer,
  Peer,
  type ServicePeer,
} from "./peer";
export { clusterwideNetworkPolicy, networkPolicy } from "./policy";
export {
  type EveryPort,
  Icmp,
  IpFamily,
  Port,
  type PortByName,
  type PortByNumber,
  Protocol,
} from "./port";
export {
  allowAllEgress,
  allowAllIngress,
  type ClusterwideNetworkPolicySpec,
  type ClusterwideSubject,
  type DefaultDeny,
  type DeniedEgressTraffic,
  denyAllEgress,
  denyAllIngress,
  type EgressTraffic,
  type IngressTraffic,
  kubeDns,
  type NetworkPolicySpec,
  type PolicySpec,
  type SelectedNodes,
  type SelectedPods,
} from "./spec";
