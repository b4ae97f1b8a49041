import { remembered } from "../common/maps";

/** An address block. Addresses are kept as one big integer so that IPv4 and IPv6 share the code. */
export interface Prefix {
  readonly family: 4 | 6;
  /** The network's first address. */
  readonly address: bigint;
  readonly bits: number;
}

const WIDTH = { 4: 32, 6: 128 } as const;

/**
 * Parses an IPv4 or IPv6 address like Go's `netip.ParseAddr`, which decides what Cilium refuses: no leading zeros in IPv4, no embedded blanks.
 * Addresses with a zone are rejected, because a policy with one cannot match anything.
 */
export function parseAddress(text: string): Prefix | undefined {
  const value = text.includes(":") ? parseV6(text) : parseV4(text);
  if (value === undefined) return undefined;
  const family = text.includes(":") ? 6 : 4;
  return { family, address: value, bits: WIDTH[family] };
}

/** Parses `address/bits` like Go's `netip.ParsePrefix`. Host bits are allowed and masked. */
export const parsePrefix: (text: string) => Prefix | undefined = remembered((text) => {
  const slash = text.lastIndexOf("/");
  if (slash < 0) return undefined;
  const address = parseAddress(text.slice(0, slash));
  const bitsText = text.slice(slash + 1);
  if (address === undefined || !/^(0|[1-9][0-9]{0,2})$/.test(bitsText)) return undefined;
  const bits = Number(bitsText);
  if (bits > WIDTH[address.family]) return undefined;
  return { family: address.family, address: networkOf(address, bits), bits };
});

/** Parses a block, or a single address as a block of only that address. */
export function parsePrefixOrAddress(text: string): Prefix | undefined {
  return text.includes("/") ? parsePrefix(text) : parseAddress(text);
}

/** Whether `outer` contains all of `inner`. */
export function prefixContains(outer: Prefix, inner: Prefix): boolean {
  return outer.family === inner.family && outer.bits <= inner.bits && networkOf(inner, outer.bits) === outer.address;
}

/**
 * The key of a `cidr:` label (`getCIDRLabel`): `10.0.0.0/8`. An IPv6 block has dashes for colons, because a selector's key must not contain another
 * colon, and a zero if it would otherwise start or end with a dash (`::1/128` is `0--1/128`).
 */
export function prefixLabelKey(prefix: Prefix): string {
  if (prefix.family === 4) return `${formatV4(prefix.address)}/${prefix.bits}`;
  const text = formatV6(prefix.address);
  const head = text.startsWith(":") ? "0" : "";
  const tail = text.endsWith(":") ? "0" : "";
  return `${head}${text.replaceAll(":", "-")}${tail}/${prefix.bits}`;
}

/** The inverse of {@link prefixLabelKey}. */
export const parsePrefixLabel: (key: string) => Prefix | undefined = remembered((key) =>
  parsePrefix(key.replaceAll("-", ":")),
);

/** The first address of the network with this prefix length that contains an address or a block. */
export function networkOf(prefix: Pick<Prefix, "family" | "address">, bits: number): bigint {
  const hostBits = BigInt(WIDTH[prefix.family] - bits);
  return (prefix.address >> hostBits) << hostBits;
}

function parseV4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(0|[1-9][0-9]{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

function parseV6(text: string): bigint | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const head = groups(halves[0] ?? "");
  const tail = halves.length === 2 ? groups(halves[1] ?? "") : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  return [...head, ...Array<bigint>(missing).fill(0n), ...tail].reduce((value, group) => (value << 16n) | group, 0n);
}

/** The 16-bit groups on one side of `::`. A dotted IPv4 tail counts as two. */
function groups(text: string): bigint[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const result: bigint[] = [];
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && part.includes(".")) {
      const v4 = parseV4(part);
      if (v4 === undefined) return undefined;
      result.push(v4 >> 16n, v4 & 0xffffn);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      result.push(BigInt(`0x${part}`));
    } else {
      return undefined;
    }
  }
  return result;
}

function formatV4(value: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => String((value >> shift) & 255n)).join(".");
}

/** RFC 5952: lower case, the longest run of at least two zero groups shortened. */
function formatV6(value: bigint): string {
  const parts = Array.from({ length: 8 }, (_, index) => Number((value >> BigInt(112 - 16 * index)) & 0xffffn));
  let best = { start: -1, length: 1 };
  for (let start = 0; start < 8; start++) {
    let length = 0;
    while (start + length < 8 && parts[start + length] === 0) length++;
    if (length > best.length) best = { start, length };
  }
  const hex = parts.map((part) => part.toString(16));
  if (best.start < 0) return hex.join(":");
  return `${hex.slice(0, best.start).join(":")}::${hex.slice(best.start + best.length).join(":")}`;
}

/** `10.0.0.0/8`, `fd00::/8`, and an address without its bits. */
export function formatPrefix({ family, address, bits }: Prefix): string {
  const width = family === 4 ? 32 : 128;
  const text = family === 4 ? ipv4Text(address) : ipv6Text(address);
  return bits === width ? text : `${text}/${bits}`;
}

const ipv4Text = (address: bigint) => [24n, 16n, 8n, 0n].map((shift) => (address >> shift) & 0xffn).join(".");

/** RFC 5952: the first of the longest runs of zeros is shortened. */
function ipv6Text(address: bigint): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    ((address >> BigInt(16 * (7 - index))) & 0xffffn).toString(16),
  );
  const runs = [...groups.join(":").matchAll(/\b0(?::0)+\b/g)].map(([run]) => run);
  const [longest] = runs.sort((a, b) => b.length - a.length);
  if (longest === undefined) return groups.join(":");
  return groups.join(":").replace(new RegExp(`(^|:)${longest}(:|$)`), "::");
}
