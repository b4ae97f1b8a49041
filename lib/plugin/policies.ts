import type * as pulumi from "@pulumi/pulumi";
import type { Icmp } from "../cilium/model/port";
import type { DefaultDeny } from "../cilium/model/spec";
import { ClusterwideNetworkPolicy as Clusterwide } from "../components/policies/clusterwide-network-policy";
import { NetworkPolicy as Namespaced } from "../components/policies/network-policy";
import { componentOf } from "./component-of";
import type { EgressDenyPeer, EgressPeer, IngressPeer } from "./peers";
import type { EndpointSelector, Port } from "./selectors";

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

/** The members that both kinds of policy have. A direction without rules stays as other policies leave it. */
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

/** What a CiliumNetworkPolicy says. */
export interface NetworkPolicyArgs extends PolicyArgs {
  /** Required, because Cilium treats a policy without a namespace as clusterwide. */
  namespace: string;
  /** The pods that it applies to, in `namespace`. */
  endpointSelector: EndpointSelector;
}

/** What a CiliumClusterwideNetworkPolicy says. Exactly one selector. */
export interface ClusterwideNetworkPolicyArgs extends PolicyArgs {
  /** The pods that it applies to, in any namespace. */
  endpointSelector?: EndpointSelector;
  /** The nodes that it applies to, by their labels. Nodes only have a policy if the chart value `hostFirewall.enabled` is true. */
  nodeSelector?: EndpointSelector;
}

/**
 * A CiliumNetworkPolicy: which pods of one namespace may talk to whom. Ready when Cilium has accepted it, so that what depends
 * on it starts behind it.
 */
export class NetworkPolicy extends componentOf(Namespaced) {
  /** Name of the object in the cluster. */
  declare public readonly policyName: pulumi.Output<string>;
  /** Namespace of the pods that the policy applies to. */
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
