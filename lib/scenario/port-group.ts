/** The protocols that a flow can have. */
export const FLOW_PROTOCOLS = ["TCP", "UDP", "SCTP", "ICMP", "ICMPv6"] as const;
/** A protocol that a flow can have. */
export type FlowProtocol = (typeof FLOW_PROTOCOLS)[number];

/** A range of ports or ICMP types, both ends included. */
export interface PortSpan {
  /** The lowest. */
  first: number;
  /** The highest; equal to `first` for a single port. */
  last: number;
}

/** Ports that no rule distinguishes: the verdict about one holds for all. */
export interface PortGroup {
  /** The protocols, starting with that of the port that stands for the group. */
  protocols: readonly FlowProtocol[];
  /** The ports of each protocol; `others` are all ports that are not listed separately. */
  ports: readonly PortSpan[] | "all" | "others";
}

/** Ports whose numbers are unknown, so that only a label names them. */
export interface PortLabel {
  /** The name of a port; behind a gateway, the ports of the Service. */
  label: string;
}

/** The ports that one port stands for. */
export type StandsFor = PortGroup | PortLabel;

/** A port to decide about. */
export interface AskedPort {
  /** TCP, UDP, SCTP, ICMP or ICMPv6. */
  proto: string;
  /** The port; for ICMP the type. */
  port: number;
  /** The ports that it stands for. Absent: only itself. */
  standsFor?: StandsFor;
}

/** A range of ports of one protocol; for ICMP, of types. */
export interface PortRange {
  proto: string;
  /** Absent: all ports. */
  ports?: PortSpan;
}

/** The ranges that a port stands for; undefined if it stands for any port of any protocol. */
export function rangesOf({ proto, port, standsFor }: AskedPort): PortRange[] | undefined {
  if (standsFor === undefined || "label" in standsFor) return [{ proto, ports: { first: port, last: port } }];
  const { protocols, ports } = standsFor;
  if (ofEveryProtocol(standsFor)) return undefined;
  return protocols.flatMap((one): PortRange[] =>
    typeof ports === "string" ? [{ proto: one }] : ports.map((span) => ({ proto: one, ports: span })),
  );
}

/** Whether the group is of ports that no rule names. */
export function isUnnamedGroup(standsFor: StandsFor | undefined): boolean {
  return standsFor !== undefined && "ports" in standsFor && typeof standsFor.ports === "string";
}

/** Whether the group covers every protocol of {@link FLOW_PROTOCOLS}. */
export function ofEveryProtocol(standsFor: StandsFor): boolean {
  return "protocols" in standsFor && standsFor.protocols.length === FLOW_PROTOCOLS.length;
}

/**
 * The ports as text: `9000-9999`, `any other port`, `any port, UDP and SCTP too`, `any port or protocol`.
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
