import type * as pulumi from "@pulumi/pulumi";
import type { Icmp } from "../cilium/model/port";
import type { DefaultDeny } from "../cilium/model/spec";
import { ClusterwideNetworkPolicy as Clusterwide } from "../components/policies/clusterwide-network-policy";
import { NetworkPolicy as Namespaced } from "../components/policies/network-policy";
import { componentOf } from "./component-of";
import type { EgressDenyPeer, EgressPeer, IngressPeer } from "./peers";
import type { EndpointSelector, Port } from "./selectors";

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

/** What both kinds of policy say. Each direction that is absent stays as other policies leave it. */
interface PolicyArgs {
  /**
   * A DNS subdomain, at most 253 characters.
   * @default the component's name
   */
  name?: string;
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

/** What a CiliumNetworkPolicy says. */
export interface NetworkPolicyArgs extends PolicyArgs {
  /** Required: a policy that is read without one is clusterwide to Cilium. */
  namespace: string;
  /** The pods that it is about, of `namespace`. */
  endpointSelector: EndpointSelector;
}

/** What a CiliumClusterwideNetworkPolicy says. Exactly one selector. */
export interface ClusterwideNetworkPolicyArgs extends PolicyArgs {
  /** The pods that it is about, of any namespace. */
  endpointSelector?: EndpointSelector;
  /** By labels of nodes. Nodes have a policy only where the chart value `hostFirewall.enabled` is true. */
  nodeSelector?: EndpointSelector;
}

/**
 * A CiliumNetworkPolicy: which pods of one namespace may talk to whom. Ready when Cilium has accepted it, so that what depends
 * on it starts behind it.
 */
export class NetworkPolicy extends componentOf(Namespaced) {
  /** Name of the object in the cluster. */
  declare public readonly policyName: pulumi.Output<string>;
  /** Namespace whose pods the policy is about. */
  declare public readonly namespace: pulumi.Output<string>;

  constructor(name: string, args: NetworkPolicyArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, args, opts);
  }
}

/**
 * A CiliumClusterwideNetworkPolicy: which pods of any namespace, or which nodes, may talk to whom. Ready when Cilium has accepted it.
 */
export class ClusterwideNetworkPolicy extends componentOf(Clusterwide) {
  /** Name of the object in the cluster. */
  declare public readonly policyName: pulumi.Output<string>;

  constructor(name: string, args: ClusterwideNetworkPolicyArgs, opts?: pulumi.ComponentResourceOptions) {
    super(name, args, opts);
  }
}
