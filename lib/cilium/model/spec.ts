import type { OneOf } from "../../common/one-of";
import type { EndpointSelector } from "../api/endpoint-selector";
import { type EgressDenyPeer, type EgressPeer, type IngressPeer, Peer } from "./peer";
import type { Icmp, Port } from "./port";

/**
 * Incoming traffic to allow or deny: from any of the peers, to any of the ports or with any of the ICMP types. Without `ports` and `icmp`: every port
 * of every protocol, and ICMP.
 */
export interface IngressTraffic {
  /** The peers that it comes from: any of them. */
  from: IngressPeer[];
  /** The pod's own ports, at most 40. If given, ICMP is not included unless `icmp` lists it. */
  ports?: Port[];
  /** At most 40. */
  icmp?: Icmp[];
}

/** Outgoing traffic to allow: to any of the peers, on any of the ports or with any of the ICMP types. */
export interface EgressTraffic {
  /** The peers that it goes to: any of them. */
  to: EgressPeer[];
  /** The peers' ports, behind any Service, at most 40. If given, ICMP is not included unless `icmp` lists it. */
  ports?: Port[];
  /** At most 40. */
  icmp?: Icmp[];
}

/** Outgoing traffic to deny. Like `EgressTraffic`, but without DNS names and Services, which cannot be denied. */
export interface DeniedEgressTraffic {
  /** The peers that it goes to: any of them. */
  to: EgressDenyPeer[];
  /** At most 40. */
  ports?: Port[];
  /** At most 40. */
  icmp?: Icmp[];
}

/**
 * Whether everything that no policy allows is blocked for the pods that the policy selects, per direction. Default: in each direction in which the
 * policy has rules, including deny rules.
 */
export interface DefaultDeny {
  /** Whether all ingress that no policy allows is blocked. */
  ingress?: boolean;
  /** Whether all egress that no policy allows is blocked. */
  egress?: boolean;
}

/** The members that both kinds of policy have. A direction without rules stays as other policies leave it. */
export interface PolicySpec {
  /** A DNS subdomain, at most 253 characters. */
  name: string;
  /** Labels of the policy itself. */
  labels?: { [key: string]: string };
  /** Annotations of the policy itself. */
  annotations?: { [key: string]: string };
  /** For people; Cilium ignores it. */
  description?: string;
  /** Ingress to allow. */
  ingress?: IngressTraffic[];
  /** What to deny, whatever any policy allows. */
  ingressDeny?: IngressTraffic[];
  /** Egress to allow. */
  egress?: EgressTraffic[];
  /** What to deny, whatever any policy allows. */
  egressDeny?: DeniedEgressTraffic[];
  /** Whether everything that no policy allows is blocked. Default: in each direction in which this policy has rules. */
  enableDefaultDeny?: DefaultDeny;
  /** The DNS server for pods with DNS names among their egress peers. Default: CoreDNS in kube-system, with the labels of kube-dns. */
  dns?: IngressPeer;
}

/** A CiliumNetworkPolicy, for pods of one namespace. */
export interface NetworkPolicySpec extends PolicySpec {
  /** Required, because Cilium treats a policy without a namespace as clusterwide. */
  namespace: string;
  /** The pods that it applies to, in `namespace`. */
  endpointSelector: EndpointSelector;
}

/** A CiliumClusterwideNetworkPolicy, for pods of any namespace, or for nodes. */
export type ClusterwideNetworkPolicySpec = PolicySpec & ClusterwideSubject;

/** What a clusterwide policy applies to: pods or nodes. */
export type ClusterwideSubject = OneOf<SelectedPods | SelectedNodes>;

/** Pods as the subject of a clusterwide policy. */
export interface SelectedPods {
  /** The pods that it applies to, in any namespace. */
  endpointSelector: EndpointSelector;
}

/** Nodes as the subject of a clusterwide policy. */
export interface SelectedNodes {
  /** The nodes that it applies to, by their labels. Nodes only have a policy if the chart value `hostFirewall.enabled` is true. */
  nodeSelector: EndpointSelector;
}

/** Blocks all ingress that no other policy allows. The pods' own node can still reach them, for the kubelet's probes. */
export const denyAllIngress: IngressTraffic[] = [{ from: [Peer.nothing()] }];
/** Blocks all egress that no other policy allows, including DNS. */
export const denyAllEgress: EgressTraffic[] = [{ to: [Peer.nothing()] }];
/** Anyone may connect, on any port. */
export const allowAllIngress: IngressTraffic[] = [{ from: [Peer.everything()] }];
/** The pods may connect to anyone, on any port. */
export const allowAllEgress: EgressTraffic[] = [{ to: [Peer.everything()] }];

/** The cluster's DNS server: CoreDNS, which still has the labels of kube-dns. */
export const kubeDns: IngressPeer = Peer.namespace("kube-system", { "k8s-app": "kube-dns" });
