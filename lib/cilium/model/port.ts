import type { OneOf } from "../../common/one-of";

/**
 * Transport protocols of a port rule.
 * @enum
 */
export const Protocol = {
  /** TCP alone. */
  Tcp: "TCP",
  /** UDP alone. */
  Udp: "UDP",
  /** SCTP alone. */
  Sctp: "SCTP",
  /** TCP, UDP and SCTP. Not ICMP. */
  Any: "ANY",
} as const;
export type Protocol = (typeof Protocol)[keyof typeof Protocol];

/**
 * A port, a range, a container's port by name, or every port of a protocol. Exactly one of `number`, `name` and `all`. Create it with the constructors
 * of the same name.
 *
 * It is the port of the packet at the pod's network interface: the container's port, never a Service's; between two meshed pods in the mode
 * `transport-header`, Linkerd's 4143.
 */
export type Port = OneOf<PortByNumber | PortByName | EveryPort>;

/** A port by its number, or a range of ports. */
export interface PortByNumber {
  /** 1 to 65535. */
  number: number;
  /** The last port of the range, 1 to 65535. Default: `number`, a single port. */
  endPort?: number;
  /** The transport protocol. */
  protocol: Protocol;
}

/** A port by its name. */
export interface PortByName {
  /** A container port's name, as in `ports[].name` of the pod's containers. Not of its init containers. */
  name: string;
  /** The transport protocol. */
  protocol: Protocol;
}

/** Every port of a protocol. */
export interface EveryPort {
  /** Always true. */
  all: true;
  /** The transport protocol. */
  protocol: Protocol;
}

/**
 * Constructors of ports. They check nothing; `networkPolicy` does, and reports all problems at once.
 *
 * @example
 * const ports = [Port.tcp(9898), Port.udpRange(5000, 5010), Port.named("metrics")];
 */
export const Port = {
  /** One TCP port. */
  tcp: (number: number): Port => ({ number, protocol: Protocol.Tcp }),
  /** `first` and `last` are part of the range. */
  tcpRange: (first: number, last: number): Port => ({ number: first, endPort: last, protocol: Protocol.Tcp }),
  /** Every TCP port. */
  allTcp: (): Port => ({ all: true, protocol: Protocol.Tcp }),

  /** One UDP port. */
  udp: (number: number): Port => ({ number, protocol: Protocol.Udp }),
  /** `first` and `last` are part of the range. */
  udpRange: (first: number, last: number): Port => ({ number: first, endPort: last, protocol: Protocol.Udp }),
  /** Every UDP port. */
  allUdp: (): Port => ({ all: true, protocol: Protocol.Udp }),

  /** One SCTP port. */
  sctp: (number: number): Port => ({ number, protocol: Protocol.Sctp }),
  /** `first` and `last` are part of the range. */
  sctpRange: (first: number, last: number): Port => ({ number: first, endPort: last, protocol: Protocol.Sctp }),
  /** Every SCTP port. */
  allSctp: (): Port => ({ all: true, protocol: Protocol.Sctp }),

  /** The number in TCP, UDP and SCTP. */
  any: (number: number): Port => ({ number, protocol: Protocol.Any }),
  /** A range in TCP, UDP and SCTP. */
  anyRange: (first: number, last: number): Port => ({ number: first, endPort: last, protocol: Protocol.Any }),
  /** Every port of TCP, UDP and SCTP, but not ICMP. To leave ICMP open too, give no ports at all. */
  all: (): Port => ({ all: true, protocol: Protocol.Any }),

  /**
   * A container's port by its name. In an ingress rule, it is looked up in the pods that the policy selects; in an egress rule, in each peer. If no
   * container has it, the rule silently allows nothing.
   *
   * @param protocol Default: any, that is, the one that the container declares.
   */
  named: (name: string, protocol: Protocol = Protocol.Any): Port => ({ name, protocol }),
};

/**
 * The version of ICMP: that of IPv4 or that of IPv6.
 * @enum
 */
export const IpFamily = {
  /** ICMP. */
  IPv4: "IPv4",
  /** ICMPv6. */
  IPv6: "IPv6",
} as const;
export type IpFamily = (typeof IpFamily)[keyof typeof IpFamily];

/** An ICMP message type, such as the echo request that ping sends. */
export interface Icmp {
  /** The version of ICMP. */
  family: IpFamily;
  /** 1 to 255. Type 0 is refused: Cilium encodes it as "every type". */
  type: number;
}

/**
 * Constructors of ICMP types.
 *
 * @example
 * const ingress: IngressTraffic[] = [{ from: [Peer.entity(Entity.Cluster)], icmp: [Icmp.ping(), Icmp.ping6()] }];
 */
export const Icmp = {
  /** A type of ICMP, 1 to 255. */
  v4: (type: number): Icmp => ({ family: IpFamily.IPv4, type }),
  /** A type of ICMPv6, 1 to 255. */
  v6: (type: number): Icmp => ({ family: IpFamily.IPv6, type }),
  /** The echo request that `ping` sends. The reply needs no rule, because Cilium allows replies of an allowed flow. */
  ping: (): Icmp => ({ family: IpFamily.IPv4, type: 8 }),
  /** The echo request that `ping -6` sends. */
  ping6: (): Icmp => ({ family: IpFamily.IPv6, type: 128 }),
};
