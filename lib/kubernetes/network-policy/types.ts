/** A NetworkPolicy as the API server stores it (`networking.k8s.io/v1`). */
export interface NetworkPolicySpec {
  podSelector: PolicyLabelSelector;
  policyTypes: string[];
  ingress?: { from?: NetworkPolicyPeer[]; ports?: NetworkPolicyPort[] }[];
  egress?: { to?: NetworkPolicyPeer[]; ports?: NetworkPolicyPort[] }[];
}

export interface NetworkPolicyPeer {
  podSelector?: PolicyLabelSelector;
  namespaceSelector?: PolicyLabelSelector;
  ipBlock?: IpBlock;
}

export interface IpBlock {
  cidr: string;
  except?: string[];
}

export interface NetworkPolicyPort {
  protocol?: string;
  port?: number | string;
  endPort?: number;
}

/** Operators are not validated yet. */
export interface PolicyLabelSelector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}
