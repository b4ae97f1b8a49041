import { fqdnKey } from "../../cilium/api/fqdn";
import { FqdnPatterns } from "../../cilium/api/fqdn-patterns";
import type { Rule } from "../../cilium/api/policy";
import { peersNamed } from "../../cilium/api/rule-items";
import { append } from "../../common/maps";
import { compareText } from "../../common/text";
import { type Prefix, parseAddress, parsePrefix, prefixContains } from "../../kubernetes/cidr";
import { PrefixSet } from "../../kubernetes/prefix-set";
import type { CidrGroupFacts, EndpointFacts } from "../../scenario/scenario";

/** Addresses outside the cluster that policies distinguish from the rest of the world, with one of them as an example. */
export interface AddressPeer {
  id: string;
  ip: string;
  fqdn?: string;
}

/** The CIDR groups of both states of a comparison. Without a comparison, the same groups twice. */
export type GroupsOfStates = readonly [readonly CidrGroupFacts[], readonly CidrGroupFacts[]];

/**
 * The blocks, groups and DNS names in rules, and the rest of the world. The rest has the identity `world`, unless a group contains all addresses:
 * then every address has that group's labels. There is no rest if the blocks leave no IPv4 address.
 *
 * @param beside What else distinguishes addresses.
 */
export function addressPeers(
  rules: readonly Rule[],
  groups: GroupsOfStates,
  {
    known = rules,
    backends = [],
    authorized = [],
    ipv6,
  }: {
    /** The rules without those that depend on unknown values: their broadest form names all addresses, although the rule hardly does. Default: all. */
    known?: readonly Rule[];
    /** Addresses of Services in rules, and blocks in Linkerd's EgressNetworks. */
    backends?: readonly string[];
    /** Blocks in Linkerd's authorization, for which the rest of the world needs an address outside of them. */
    authorized?: readonly string[];
    /** Whether agents assign IPv6 addresses. Undefined: unknown. */
    ipv6?: boolean | undefined;
  } = {},
): { rest: Pick<EndpointFacts, "ip" | "reserved"> | undefined; addresses: AddressPeer[] } {
  const named = unique([
    ...namedPrefixes(rules),
    ...prefixesOf([...backends, ...authorized]).filter(({ bits }) => bits > 0),
  ]);
  const states = groups.map((state) => mentionedGroups(rules, state));
  const blocks = unique(states.flat().flatMap((group) => group.blocks));
  const narrow = new Blocks(unique([...named, ...blocks]).filter(({ bits }) => bits > 0));
  const ip = freeAddressIn(everything, narrow);
  const isGroup = blocks.some(({ family, bits }) => family === 4 && bits === 0);
  return {
    rest:
      ip === undefined ? undefined : isGroup ? { ip } : { reserved: ["world"], ...(authorized.length > 0 && { ip }) },
    addresses: [
      ...restOfIpv6([...prefixesIn(known), ...prefixesOf(authorized)], narrow, ipv6),
      ...blockPeers(named, narrow),
      ...groupPeers(states, named, narrow),
      ...dnsPeers(rules, narrow),
    ],
  };
}

/** The rest of the world in IPv6. It is a peer of its own only if a rule names all addresses of one family: other rules treat the world as one. */
function restOfIpv6(named: readonly Prefix[], narrow: Blocks, ipv6: boolean | undefined): AddressPeer[] {
  const families = new Set(named.flatMap(({ family, bits }) => (bits === 0 ? [family] : [])));
  if (ipv6 === false || !(families.has(6) || (ipv6 === true && families.has(4)))) return [];
  const usual = parseAddress(freeAddressIn(globalUnicast, narrow) ?? "");
  const isFree = usual !== undefined && !narrow.set.holds(usual);
  const ip = isFree ? formatAddress(usual) : freeAddressIn({ family: 6, address: 0n, bits: 0 }, narrow);
  return ip === undefined ? [] : [{ id: "::/0", ip }];
}

/** 2000::/3 */
const globalUnicast: Prefix = { family: 6, address: 1n << 125n, bits: 3 };

const everything: Prefix = { family: 4, address: 0n, bits: 0 };

function blockPeers(named: readonly Prefix[], all: Blocks): AddressPeer[] {
  return named.flatMap((prefix) => {
    const ip = freeAddressIn(prefix, all);
    return ip === undefined ? [] : [{ id: formatPrefix(prefix), ip }];
  });
}

/** Without blocks of all addresses, which are `world` to Cilium. */
const namedPrefixes = (rules: readonly Rule[]): Prefix[] => prefixesIn(rules).filter(({ bits }) => bits > 0);

function prefixesIn(rules: readonly Rule[]): Prefix[] {
  const texts = rules
    .flatMap(peersNamed)
    .flatMap(({ cidrs = [], cidrSets = [] }) => [
      ...cidrs,
      ...cidrSets.flatMap(({ cidr, except = [] }) => [cidr, ...except]),
    ]);
  return unique(texts.flatMap((text) => parsePrefix(text ?? "") ?? []));
}

const prefixesOf = (texts: readonly string[]): Prefix[] =>
  texts.flatMap((text) => parseAddress(text) ?? parsePrefix(text) ?? []);

/** Each block once, by address. */
function unique(prefixes: readonly Prefix[]): Prefix[] {
  return [...new Map(prefixes.map((prefix) => [formatPrefix(prefix), prefix])).values()].sort(
    (a, b) => a.family - b.family || (a.address < b.address ? -1 : a.address > b.address ? 1 : a.bits - b.bits),
  );
}

interface GroupBlocks {
  name: string;
  blocks: readonly Prefix[];
}

/** The groups that some rule names, or all groups if a rule selects them by label. */
function mentionedGroups(rules: readonly Rule[], groups: readonly CidrGroupFacts[]): GroupBlocks[] {
  const sets = rules.flatMap(peersNamed).flatMap(({ cidrSets }) => cidrSets ?? []);
  const all = sets.some(({ cidrGroupSelector }) => cidrGroupSelector !== undefined);
  return groups
    .filter(({ name }) => all || sets.some(({ cidrGroupRef }) => cidrGroupRef === name))
    .map(({ name, cidrs }) => ({ name, blocks: cidrs.flatMap((cidr) => parsePrefix(cidr) ?? []) }));
}

/**
 * One peer for all addresses of a group that nothing distinguishes, because a group may have hundreds of blocks. Addresses in several groups, in a
 * block that some rule names, or in a group in only one state are a peer of their own. A block that a rule names is a peer already.
 */
function groupPeers(
  states: readonly (readonly GroupBlocks[])[],
  named: readonly Prefix[],
  narrow: Blocks,
): AddressPeer[] {
  const found = new Map<string, string>();
  const listed = new Set(named.map(formatPrefix));
  const holding = new PrefixSet(named);
  const holders = states.map(groupsHolding);
  const blocks = unique(states.flat().flatMap((group) => group.blocks)).filter(({ bits }) => bits > 0);
  for (const block of blocks.filter((prefix) => !listed.has(formatPrefix(prefix)))) {
    const ip = freeAddressIn(block, narrow);
    const address = ip === undefined ? undefined : parseAddress(ip);
    if (ip === undefined || address === undefined) continue;
    const held = holders.map((of) => of(address));
    const names = [...new Set(held.flat())].sort(compareText).join("+");
    const isMoved = new Set(held.map((groups) => groups.join())).size > 1;
    const within = isMoved ? [block] : [...holding.containing(address)];
    const id = [`cidrgroup:${names}`, ...within.map(formatPrefix)].join(" ");
    if (!found.has(id)) found.set(id, ip);
  }
  return [...found].map(([id, ip]) => ({ id, ip }));
}

/** Finds the groups that contain an address. */
function groupsHolding(groups: readonly GroupBlocks[]): (address: Prefix) => string[] {
  const blocks = new PrefixSet(groups.flatMap((group) => group.blocks));
  const byBlock = new Map<string, string[]>();
  for (const group of groups) for (const block of group.blocks) append(byBlock, formatPrefix(block), group.name);
  return (address) => {
    const names = [...blocks.containing(address)].flatMap((block) => byBlock.get(formatPrefix(block)) ?? []);
    return [...new Set(names)].sort(compareText);
  };
}

/** Formats an address as in RFC 5952. The URL standard shortens IPv6 addresses in the same way. */
function formatAddress({ family, address }: Prefix): string {
  const digits = (count: number, bits: number) =>
    Array.from(
      { length: count },
      (_, index) => (address >> BigInt(bits * (count - 1 - index))) & ((1n << BigInt(bits)) - 1n),
    );
  if (family === 4) return digits(4, 8).join(".");
  const groups = digits(8, 16).map((group) => group.toString(16));
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

const formatPrefix = (prefix: Prefix): string => `${formatAddress(prefix)}/${prefix.bits}`;

const widthOf = (prefix: Prefix) => (prefix.family === 4 ? 32 : 128);
const sizeOf = (prefix: Prefix) => 1n << BigInt(widthOf(prefix) - prefix.bits);

/** Distinct blocks, sorted by address. */
class Blocks {
  readonly set: PrefixSet;

  /** @param all Sorted by address, IPv4 first. */
  constructor(private readonly all: readonly Prefix[]) {
    this.set = new PrefixSet(all);
  }

  /** The narrower blocks within a block, in order. */
  *within({ family, address, bits }: Prefix): Generator<Prefix> {
    const end = address + sizeOf({ family, address, bits });
    let [from, until] = [0, this.all.length];
    while (from < until) {
      const middle = (from + until) >> 1;
      const other = this.all[middle];
      const isBefore =
        other !== undefined && (other.family < family || (other.family === family && other.address < address));
      if (isBefore) from = middle + 1;
      else until = middle;
    }
    for (let place = from; place < this.all.length; place++) {
      const other = this.all[place];
      if (other === undefined || other.family !== family || other.address >= end) return;
      if (other.bits > bits) yield other;
    }
  }
}

/** An address of the block outside of all narrower ones. Free space begins at the block's start or where a narrower block ends. */
function freeAddressIn(prefix: Prefix, all: Blocks): string | undefined {
  const { family, bits } = prefix;
  const free = (address: bigint): Prefix | undefined => {
    const candidate: Prefix = { family, address, bits: widthOf(prefix) };
    return prefixContains(prefix, candidate) && !all.set.holds(candidate, bits) ? candidate : undefined;
  };
  const first = free(prefix.address);
  if (first !== undefined) return formatAddress(first);
  for (const narrower of all.within(prefix)) {
    const found = free(narrower.address + sizeOf(narrower));
    if (found !== undefined) return formatAddress(found);
  }
  return undefined;
}

/** The addresses of DNS names are outside of every named block, so that only the name counts. */
function dnsPeers(rules: readonly Rule[], blocks: Blocks): AddressPeer[] {
  const named = rules.flatMap((rule) => rule.egress ?? []).flatMap((item) => item.toFQDNs ?? []);
  const selectors = new Map(named.filter((one) => fqdnKey(one) !== "").map((one) => [fqdnKey(one), one]));
  const free = freeAddresses(blocks);
  const all = new FqdnPatterns([...selectors.keys()]);
  return [...selectors]
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, selector]) => ({
      id: name,
      ip: formatAddress(free.next().value),
      fqdn: all.nameOnlyOf(selector),
    }));
}

/** The first of the addresses reserved for benchmarks (RFC 2544). */
const firstNameAddress = 0xc6120001n;
const lastAddress = 0xffffffffn;

/**
 * Distinct addresses outside of all blocks: from those reserved for benchmarks to the last, then from the first. If the blocks leave none, addresses
 * inside of them.
 */
function* freeAddresses(blocks: Blocks): Generator<Prefix, never> {
  const at = (address: bigint): Prefix => ({ family: 4, address, bits: 32 });
  const around = (address: bigint) => blocks.set.containing(at(address)).next().value;
  for (const start of [firstNameAddress, 1n]) {
    let address = start;
    while (address < lastAddress) {
      const block = around(address);
      if (block === undefined) yield at(address);
      address = block === undefined ? address + 1n : block.address + sizeOf(block);
    }
  }
  for (let address = firstNameAddress; ; address++) yield at(address);
}
