import { networkOf, type Prefix } from "./cidr";

/** A set of address blocks. Finding those that contain an address takes one look-up per prefix length in the set, not one per block. */
export class PrefixSet {
  /** The blocks by address family, then by prefix length from wide to narrow, then by address. */
  private readonly lengths: Readonly<
    Record<Prefix["family"], readonly (readonly [number, ReadonlyMap<bigint, Prefix>])[]>
  >;

  constructor(blocks: Iterable<Prefix>) {
    const byLength = { 4: new Map<number, Map<bigint, Prefix>>(), 6: new Map<number, Map<bigint, Prefix>>() };
    for (const block of blocks) {
      const { family, bits, address } = block;
      const same = byLength[family].get(bits);
      if (same === undefined) byLength[family].set(bits, new Map([[address, block]]));
      else same.set(address, block);
    }
    const inOrder = (family: Prefix["family"]) => [...byLength[family]].sort(([a], [b]) => a - b);
    this.lengths = { 4: inOrder(4), 6: inOrder(6) };
  }

  /**
   * The blocks that contain a block or an address, from wide to narrow.
   *
   * @param longerThan Only blocks with more bits than this. Default: all.
   */
  *containing(inner: Prefix, longerThan = -1): Generator<Prefix> {
    for (const [bits, blocks] of this.lengths[inner.family]) {
      if (bits > inner.bits) return;
      const holder = bits > longerThan ? blocks.get(networkOf(inner, bits)) : undefined;
      if (holder !== undefined) yield holder;
    }
  }

  /** Whether any block contains a block or an address. */
  holds(inner: Prefix, longerThan = -1): boolean {
    return this.containing(inner, longerThan).next().done !== true;
  }
}
