// Written by `npm run schema:crds` from the CRDs of Cilium v1.20.2. Not to be edited.
import type { LabelSelector } from "../../kubernetes/label-selector";

/** Exactly one of `endpointSelector` and `nodeSelector`; `nodeSelector` only in a clusterwide policy. */
export interface Rule {
  description?: string;
  egress?: EgressRule[];
  egressDeny?: EgressDenyRule[];
  enableDefaultDeny?: {
    egress?: boolean;
    ingress?: boolean;
  };
  endpointSelector?: LabelSelector;
  ingress?: IngressRule[];
  ingressDeny?: IngressDenyRule[];
  labels?: {
    key: string;
    source?: string;
    value?: string;
  }[];
  log?: {
    /** At most 32 characters. */
    value?: string;
  };
  nodeSelector?: LabelSelector;
}

/** At most one peer field may be set; `toPorts` and `icmps` exclude each other. */
export interface EgressRule {
  authentication?: {
    /** One of disabled, required, test-always-fail. */
    mode: string;
  };
  icmps?: IcmpRule[];
  toCIDR?: string[];
  toCIDRSet?: CidrRule[];
  toEndpoints?: LabelSelector[];
  toEntities?: string[];
  toFQDNs?: FqdnSelector[];
  toGroups?: {
    aws?: {
      labels?: Record<string, string>;
      region?: string;
      securityGroupsIds?: string[];
      securityGroupsNames?: string[];
    };
  }[];
  toNodes?: LabelSelector[];
  toPorts?: PortRule[];
  /** Must be empty. */
  toRequires?: string[];
  toServices?: ServiceSelector[];
}

export interface FqdnSelector {
  /** At most 255 characters. */
  matchName?: string;
  /** At most 255 characters. */
  matchPattern?: string;
}

export interface ServiceSelector {
  k8sService?: {
    namespace?: string;
    serviceName?: string;
  };
  k8sServiceSelector?: {
    namespace?: string;
    selector: LabelSelector;
  };
}

export interface EgressDenyRule {
  icmps?: IcmpRule[];
  toCIDR?: string[];
  toCIDRSet?: CidrRule[];
  toEndpoints?: LabelSelector[];
  toEntities?: string[];
  toGroups?: {
    aws?: {
      labels?: Record<string, string>;
      region?: string;
      securityGroupsIds?: string[];
      securityGroupsNames?: string[];
    };
  }[];
  toNodes?: LabelSelector[];
  toPorts?: PortDenyRule[];
  /** Must be empty. */
  toRequires?: string[];
  toServices?: ServiceSelector[];
}

/** At most one peer field may be set; `toPorts` and `icmps` exclude each other. */
export interface IngressRule {
  authentication?: {
    /** One of disabled, required, test-always-fail. */
    mode: string;
  };
  fromCIDR?: string[];
  fromCIDRSet?: CidrRule[];
  fromEndpoints?: LabelSelector[];
  fromEntities?: string[];
  fromGroups?: {
    aws?: {
      labels?: Record<string, string>;
      region?: string;
      securityGroupsIds?: string[];
      securityGroupsNames?: string[];
    };
  }[];
  fromNodes?: LabelSelector[];
  /** Must be empty. */
  fromRequires?: string[];
  icmps?: IcmpRule[];
  toPorts?: PortRule[];
}

/** Exactly one of `cidr`, `cidrGroupRef` and `cidrGroupSelector`. */
export interface CidrRule {
  /** CIDR. */
  cidr?: string;
  /** At most 253 characters. */
  cidrGroupRef?: string;
  cidrGroupSelector?: LabelSelector;
  except?: string[];
}

export interface IcmpRule {
  /** At most 40. */
  fields?: {
    /** One of IPv4, IPv6; default "IPv4". */
    family?: string;
    type: number | string;
  }[];
}

export interface PortRule {
  listener?: {
    envoyConfig: {
      /** One of CiliumEnvoyConfig, CiliumClusterwideEnvoyConfig. */
      kind?: string;
      name: string;
    };
    name: string;
    /** 1 to 100. */
    priority?: number;
  };
  originatingTLS?: {
    certificate?: string;
    privateKey?: string;
    secret: {
      name: string;
      namespace?: string;
    };
    trustedCA?: string;
  };
  /** At most 40. */
  ports?: PortProtocol[];
  rules?: L7Rules;
  /** At least 1. */
  serverNames?: string[];
  terminatingTLS?: {
    certificate?: string;
    privateKey?: string;
    secret: {
      name: string;
      namespace?: string;
    };
    trustedCA?: string;
  };
}

/** A port is a number as text, or a name; `"0"` is any port. A protocol that is absent means `ANY`: TCP, UDP and SCTP. */
export interface PortProtocol {
  /** 0 to 65535. */
  endPort?: number;
  port?: string;
  /** One of TCP, UDP, SCTP, VRRP, IGMP, GRE, IPIP, IPV6, ESP, AH, ANY. */
  protocol?: string;
}

export interface L7Rules {
  dns?: FqdnSelector[];
  http?: HttpRule[];
}

export interface HttpRule {
  headerMatches?: {
    /** One of LOG, ADD, DELETE, REPLACE. */
    mismatch?: string;
    name: string;
    secret?: {
      name: string;
      namespace?: string;
    };
    value?: string;
  }[];
  headers?: string[];
  host?: string;
  method?: string;
  path?: string;
}

export interface IngressDenyRule {
  fromCIDR?: string[];
  fromCIDRSet?: CidrRule[];
  fromEndpoints?: LabelSelector[];
  fromEntities?: string[];
  fromGroups?: {
    aws?: {
      labels?: Record<string, string>;
      region?: string;
      securityGroupsIds?: string[];
      securityGroupsNames?: string[];
    };
  }[];
  fromNodes?: LabelSelector[];
  /** Must be empty. */
  fromRequires?: string[];
  icmps?: IcmpRule[];
  toPorts?: PortDenyRule[];
}

export interface PortDenyRule {
  ports?: PortProtocol[];
}
