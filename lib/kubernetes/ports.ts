import { dictionary, present } from "../common/maps";

/** Protocols that a flow or a container port may name, by number (`pkg/u8proto`). */
export const PROTOCOL_NUMBERS: ReadonlyMap<string, number> = new Map([
  ["icmp", 1],
  ["igmp", 2],
  ["ipip", 4],
  ["tcp", 6],
  ["udp", 17],
  ["ipv6", 41],
  ["gre", 47],
  ["esp", 50],
  ["ah", 51],
  ["icmpv6", 58],
  ["vrrp", 112],
  ["sctp", 132],
]);

/** The protocol number of a rule without ports: every protocol, including ICMP. */
export const EVERY_PROTOCOL = 0;

const TRANSPORT = ["TCP", "UDP", "SCTP"] as const;
/** Protocols without ports. The CRD accepts them, but the agent requires a port unless `--enable-extended-ip-protocols` is set. */
const EXTENDED: readonly string[] = ["VRRP", "IGMP", "GRE", "IPIP", "IPV6", "ESP", "AH"];

/** The canonical spelling of a rule's `protocol`; undefined if Cilium refuses it (`ParseL4Proto`). Empty means `ANY`. */
export function parseRuleProtocol(protocol: string | undefined): string | undefined {
  if (protocol === undefined || protocol === "") return "ANY";
  const upper = protocol.toUpperCase();
  return upper === "ANY" || (TRANSPORT as readonly string[]).includes(upper) || EXTENDED.includes(upper)
    ? upper
    : undefined;
}

/** Whether a protocol, as spelled in the manifest, has no ports. */
export function isExtendedProtocol(protocol: string | undefined): boolean {
  return EXTENDED.includes(protocol ?? "");
}

/** The protocol numbers of a port rule. `ANY` stands for those with ports, never for ICMP. */
export function ruleProtocolNumbers(protocol: string): number[] {
  const names = protocol === "ANY" ? TRANSPORT : [protocol];
  return names.map((name) => present(PROTOCOL_NUMBERS.get(name.toLowerCase()), `the number of protocol ${name}`));
}

/** Whether a port is a name: an IANA service name of at most 15 characters (`iana.IsSvcName`). By that rule, `0x50` is one. */
export function isPortName(port: string): boolean {
  return port.length <= 15 && /[a-zA-Z]/.test(port) && /^[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*$/.test(port);
}

/** The key of a named port in `Identity.namedPorts`. */
export function portNameKey(name: string, protocol: number): string {
  return `${name}/${protocol}`;
}

const RADIX = dictionary<number>({ b: 2, o: 8, x: 16 });

/**
 * Parses a port number like Cilium, which uses Go's `strconv.ParseUint(port, 0, 16)`: a leading zero means octal (`"010"` is 8), and underscores may
 * separate digits. Undefined if that fails.
 */
export function parsePortNumber(text: string): number | undefined {
  const value = parseUnsigned(text);
  return value !== undefined && value <= 0xffff ? value : undefined;
}

/** {@link parsePortNumber} without a limit. */
export function parseUnsigned(text: string): number | undefined {
  const prefix = /^0([box])/i.exec(text)?.[1]?.toLowerCase();
  const octal = prefix === undefined && text.length > 1 && text.startsWith("0");
  const radix = prefix === undefined ? (octal ? 8 : 10) : (RADIX[prefix] ?? 10);
  const digits = prefix === undefined ? text.slice(octal ? 1 : 0) : text.slice(2);
  // Go allows one underscore between digits and after the prefix.
  const separated = radix === 10 ? /^[0-9a-f]+(_[0-9a-f]+)*$/i : /^_?[0-9a-f]+(_[0-9a-f]+)*$/i;
  if (!separated.test(digits)) return undefined;
  const plain = digits.replaceAll("_", "");
  if ([...plain].some((digit) => Number.isNaN(Number.parseInt(digit, radix)))) return undefined;
  return Number.parseInt(plain, radix);
}

/**
 * The number of leading bits of `port` that a rule's range fixes. The policy map stores a range as aligned blocks (`PortRangeToMaskedPorts`), and the
 * size of the block decides which of two entries is more specific. Undefined if `port` is not in the range.
 */
export function rangePrefixLength(first: number, last: number, port: number): number | undefined {
  if (first === 0) return 0;
  if (last <= first) return port === first ? 16 : undefined;
  if (port < first || port > last) return undefined;
  for (let length = 0; length < 16; length++) {
    const size = 0x10000 >> length;
    const start = port - (port % size);
    if (start >= first && start + size - 1 <= last) return length;
  }
  return 16;
}
