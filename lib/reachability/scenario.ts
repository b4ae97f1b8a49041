import type { TransportMode } from "../mesh/transport";

/**
 * What has to be known of a cluster to say who can talk to whom. The shape is that of the oracle in tests/oracle, which
 * answers the same file with Cilium's own engine; only the `mesh` members and the ports of Services are ours.
 */
export interface Scenario {
  cluster?: ClusterFacts;
  namespaces?: NamespaceFacts[];
  services?: ServiceFacts[];
  endpoints: EndpointFacts[];
  /** Empty or absent: every endpoint to every declared port of every other. */
  flows?: Flow[];
  mesh?: { transportMode?: TransportMode };
}

export interface ClusterFacts {
  /** Cilium's `cluster.name`, the value of the label `io.cilium.k8s.policy.cluster`. Default `default`. */
  name?: string;
  /** Dual stack: the world is `world-ipv4` and `world-ipv6` instead of `world`. Default false. */
  ipv6?: boolean;
  /** Whether the agent has its L7 proxy (`l7Proxy` of the chart). Without it, policies with HTTP or DNS rules are refused. Default true. */
  l7Proxy?: boolean;
  /** The agent's `--policy-cidr-match-mode`. Default none: a CIDR matches neither pods nor nodes. */
  cidrMatchMode?: ("nodes" | "pods")[];
}

export interface NamespaceFacts {
  name: string;
  labels?: Record<string, string>;
}

export interface ServiceFacts {
  name: string;
  namespace: string;
  labels?: Record<string, string>;
  /** Absent or empty: a Service without selector, whose `backends` are addresses outside the model. */
  selector?: Record<string, string>;
  backends?: string[];
  /** Ours, for lint: policies see the target port, never the Service's. */
  ports?: ServicePort[];
}

export interface ServicePort {
  port: number;
  /** A container's port by number or name. Absent: the same as `port`. */
  targetPort?: number | string;
  /** Default TCP. */
  protocol?: string;
}

/** A workload's pods (they share one identity), or with `ip` or `reserved` a peer that is no pod. */
export interface EndpointFacts {
  id: string;
  namespace?: string;
  labels?: Record<string, string>;
  serviceAccount?: string;
  ports?: NamedPort[];
  /** An address outside the cluster. */
  ip?: string;
  /** With `ip`: the DNS name that resolved to it. */
  fqdn?: string;
  /** Reserved identity labels: `[host]`, `[remote-node, kube-apiserver]`, `[world]` … */
  reserved?: string[];
  mesh?: EndpointMesh;
}

export interface NamedPort {
  name?: string;
  port: number;
  /** Default TCP. */
  protocol?: string;
}

/** What Linkerd knows of a pod. Absent: not meshed. */
export interface EndpointMesh {
  injected: boolean;
  skipInboundPorts?: number[];
  skipOutboundPorts?: number[];
  opaquePorts?: number[];
}

/** What the application asks for. On a mesh the wire may differ. */
export interface Flow {
  from: string;
  to: string;
  /** TCP, UDP, SCTP, ICMP or ICMPv6. */
  proto: string;
  /** The backend's port (never a Service's); for ICMP the type. */
  port: number;
}
