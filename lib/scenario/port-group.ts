/** Those that a flow can be of. */
export const FLOW_PROTOCOLS = ["TCP", "UDP", "SCTP", "ICMP", "ICMPv6"] as const;
/** A protocol that a flow can be of. */
export type FlowProtocol = (typeof FLOW_PROTOCOLS)[number];

/** Ports, or types of ICMP, from the first to the last. */
export interface PortSpan {
  /** The lowest. */
  first: number;
  /** The highest: `first` where it is one port. */
  last: number;
}

/** Ports that no rule tells apart: the answer about one of them is the answer about all. */
export interface PortGroup {
  /** The protocols: that of the port which is asked about first. */
  protocols: readonly FlowProtocol[];
  /** The ports of each of them; `others` are those that are asked about nowhere else. */
  ports: readonly PortSpan[] | "all" | "others";
}

/** Ports whose numbers are not known to be in use there: only what somebody calls them is. */
export interface PortLabel {
  /** A port's name; behind a gateway, the ports of the Service. */
  label: string;
}

/** The ports that one port stands for. */
export type StandsFor = PortGroup | PortLabel;

/** A port that is asked about. */
export interface AskedPort {
  /** TCP, UDP, SCTP, ICMP or ICMPv6. */
  proto: string;
  /** The port; for ICMP the type. */
  port: number;
  /** The ports that it stands for. Absent: itself. */
  standsFor?: StandsFor;
}

/** Ports of one protocol; of ICMP types. Without them: all. */
export interface PortRange {
  proto: string;
  ports?: PortSpan;
}

/** All that a port stands for; undefined where that is any port and any protocol. */
export function rangesOf({ proto, port, standsFor }: AskedPort): PortRange[] | undefined {
  if (standsFor === undefined || "label" in standsFor) return [{ proto, ports: { first: port, last: port } }];
  const { protocols, ports } = standsFor;
  if (ofEveryProtocol(standsFor)) return undefined;
  return protocols.flatMap((one): PortRange[] =>
    typeof ports === "string" ? [{ proto: one }] : ports.map((span) => ({ proto: one, ports: span })),
  );
}

/** Whether it is ports that no rule names, rather than some that a rule does. */
export function isUnnamedGroup(standsFor: StandsFor | undefined): boolean {
  return standsFor !== undefined && "ports" in standsFor && typeof standsFor.ports === "string";
}

/** Whether it is of all protocols that a flow can be of. */
export function ofEveryProtocol(standsFor: StandsFor): boolean {
  return "protocols" in standsFor && standsFor.protocols.length === FLOW_PROTOCOLS.length;
}

/**
 * The ports in words: `9000-9999`, `any other port`, `any port, UDP and SCTP too`, `any port or protocol`.
 *
 * @example
 * standsForWords({ protocols: ["TCP"], ports: [{ first: 9000, last: 9999 }] }); // 9000-9999
 */
export function standsForWords(standsFor: StandsFor): string {
  if ("label" in standsFor) return standsFor.label;
  const { protocols, ports } = standsFor;
  const [first, ...more] = protocols;
  const words =
    typeof ports === "string"
      ? `any ${ports === "others" ? "other " : ""}${first !== undefined && isIcmp(first) ? "type" : "port"}`
      : ports.map(({ first: from, last }) => (from === last ? `${from}` : `${from}-${last}`)).join(" and ");
  if (ofEveryProtocol(standsFor)) return `${words} or protocol`;
  const names = more.filter((proto) => proto !== "ICMPv6" || !more.includes("ICMP"));
  return names.length === 0 ? words : `${words}, ${names.join(" and ")} too`;
}

const isIcmp = (proto: FlowProtocol) => proto.startsWith("ICMP");
