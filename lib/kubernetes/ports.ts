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

/** Of a rule without ports: every protocol, ICMP too. */
export const EVERY_PROTOCOL = 0;

const TRANSPORT = ["TCP", "UDP", "SCTP"] as const;
/** Accepted by the CRD, refused by the agent unless `--enable-extended-ip-protocols` lifts the need for a port. */
const EXTENDED: readonly string[] = ["VRRP", "IGMP", "GRE", "IPIP", "IPV6", "ESP", "AH"];

/** A rule's `protocol` in its canonical spelling, or undefined where Cilium refuses it (`ParseL4Proto`). Empty is `ANY`. */
export function parseRuleProtocol(protocol: string | undefined): string | undefined {
  if (protocol === undefined || protocol === "") return "ANY";
  const upper = protocol.toUpperCase();
  return upper === "ANY" || (TRANSPORT as readonly string[]).includes(upper) || EXTENDED.includes(upper)
    ? upper
    : undefined;
}

/** Whether a protocol, spelled as in the manifest, has no ports. */
export function isExtendedProtocol(protocol: string | undefined): boolean {
  return EXTENDED.includes(protocol ?? "");
}

/** The protocols of a port rule: `ANY` is those that have ports, never ICMP. */
export function ruleProtocolNumbers(protocol: string): number[] {
  const names = protocol === "ANY" ? TRANSPORT : [protocol];
  return names.map((name) => present(PROTOCOL_NUMBERS.get(name.toLowerCase()), `the number of protocol ${name}`));
}

/** Whether a port is a name: an IANA service name, at most 15 characters (`iana.IsSvcName`), so `0x50` is one. */
export function isPortName(port: string): boolean {
  return port.length <= 15 && /[a-zA-Z]/.test(port) && /^[a-zA-Z0-9]+(-[a-zA-Z0-9]+)*$/.test(port);
}

/** How {@link Identity.namedPorts} spells a named port. */
export function portNameKey(name: string, protocol: number): string {
  return `${name}/${protocol}`;
}

const RADIX = dictionary<number>({ b: 2, o: 8, x: 16 });

/**
 * A port number as Go's `strconv.ParseUint(port, 0, 16)` reads it, which is what Cilium does: a leading zero means octal
 * (`"010"` is 8), and underscores may separate digits. Undefined where it fails.
 */
export function parsePortNumber(text: string): number | undefined {
  const value = parseUnsigned(text);
  return value !== undefined && value <= 0xffff ? value : undefined;
}

/** The same of any size. */
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
 * How many leading bits of the port a rule's range fixes where it admits `port`: the policy map holds a range as aligned blocks
 * (`PortRangeToMaskedPorts`), and the block's size decides which of two entries is the more specific. Undefined: not in range.
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
