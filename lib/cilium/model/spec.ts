import type { EndpointSelector } from "../api/endpoint-selector";
import { type EgressDenyPeer, type EgressPeer, type IngressPeer, Peer } from "./peer";
import type { Icmp, Port } from "./port";

/**
 * Traffic that comes in, to allow or to deny: from any of the peers, to any of the ports or with any of the ICMP types.
 * Without `ports` and `icmp`: every port of every protocol, and ICMP.
 */
export interface IngressTraffic {
  /** Whom it comes from: any of them. */
  from: IngressPeer[];
  /** At most 40. The pod's own ports. With ports given, ICMP is only what `icmp` says. */
  ports?: Port[];
  /** At most 40. */
  icmp?: Icmp[];
}

/** Traffic that goes out, to allow: to any of the peers, on any of the ports or with any of the ICMP types. */
export interface EgressTraffic {
  /** Whom it goes to: any of them. */
  to: EgressPeer[];
  /** At most 40. The peers' ports behind any Service. With ports given, ICMP is only what `icmp` says. */
  ports?: Port[];
  /** At most 40. */
  icmp?: Icmp[];
}

/** Traffic that goes out, to deny. As `EgressTraffic`, but a DNS name cannot be denied. */
export interface DeniedEgressTraffic {
  /** Whom it goes to: any of them. */
  to: EgressDenyPeer[];
  /** At most 40. */
  ports?: Port[];
  /** At most 40. */
  icmp?: Icmp[];
}

/**
 * Whether pods that the policy selects lose everything that no policy allows, per direction. Default: in each direction in
 * which the policy has rules, denying ones included.
 */
export interface DefaultDeny {
  /** Whether all ingress that no policy allows is cut. */
  ingress?: boolean;
  /** Whether all egress that no policy allows is cut. */
  egress?: boolean;
}

/** What both kinds of policy say. Each direction that is absent stays as other policies leave it. */
export interface PolicySpec {
  /** A DNS subdomain, at most 253 characters. */
  name: string;
  /** Labels of the policy itself. */
  labels?: { [key: string]: string };
  /** Annotations of the policy itself. */
  annotations?: { [key: string]: string };
  /** For people; means nothing to Cilium. */
  description?: string;
  /** What may come in. */
  ingress?: IngressTraffic[];
  /** Wins over whatever any policy allows. */
  ingressDeny?: IngressTraffic[];
  /** What may go out. */
  egress?: EgressTraffic[];
  /** Wins over whatever any policy allows. */
  egressDeny?: DeniedEgressTraffic[];
  /** Whether what no policy allows is cut. Default: in each direction in which this policy has rules. */
  enableDefaultDeny?: DefaultDeny;
  /** Who resolves names for pods with DNS names among their egress peers. Default: kube-dns, that is CoreDNS, in kube-system. */
  dns?: IngressPeer;
}

/** A CiliumNetworkPolicy: about pods of one namespace. */
export interface NetworkPolicySpec extends PolicySpec {
  /** Required: a policy that is read without one is clusterwide to Cilium. */
  namespace: string;
  /** The pods that it is about, of `namespace`. */
  endpointSelector: EndpointSelector;
}

/** A CiliumClusterwideNetworkPolicy: about pods of any namespace, or about nodes. Exactly one selector. */
export interface ClusterwideNetworkPolicySpec extends PolicySpec {
  /** The pods that it is about, of any namespace. */
  endpointSelector?: EndpointSelector;
  /** By labels of nodes. Nodes have a policy only where the chart value `hostFirewall.enabled` is true. */
  nodeSelector?: EndpointSelector;
}

/** The pods lose all ingress that no other policy allows. Their own node can still reach them (kubelet's probes). */
export const denyAllIngress: IngressTraffic[] = [{ from: [Peer.nothing()] }];
/** The pods lose all egress that no other policy allows, DNS included. */
export const denyAllEgress: EgressTraffic[] = [{ to: [Peer.nothing()] }];
/** Anyone may connect, on any port. */
export const allowAllIngress: IngressTraffic[] = [{ from: [Peer.everything()] }];
/** The pods may connect to anyone, on any port. */
export const allowAllEgress: EgressTraffic[] = [{ to: [Peer.everything()] }];

/** Where a cluster's names are resolved: CoreDNS, which still goes by the labels of kube-dns. */
export const kubeDns: IngressPeer = Peer.namespace("kube-system", { "k8s-app": "kube-dns" });
