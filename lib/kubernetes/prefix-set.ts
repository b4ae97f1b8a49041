import { networkOf, type Prefix } from "./cidr";

/** Blocks of addresses. Who asks what holds an address pays a look-up for each length that there is among them, not one for each block. */
export class PrefixSet {
  /** By family, the lengths that there are, from wide to narrow, each with its blocks by address. */
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
   * Those that hold all of a block or an address, from wide to narrow.
   *
   * @param longerThan Only those with more bits.
   */
  *holdersOf(inner: Prefix, longerThan = -1): Generator<Prefix> {
    for (const [bits, blocks] of this.lengths[inner.family]) {
      if (bits > inner.bits) return;
      const holder = bits > longerThan ? blocks.get(networkOf(inner, bits)) : undefined;
      if (holder !== undefined) yield holder;
    }
  }

  /** Whether one of them holds all of a block or an address. */
  holds(inner: Prefix, longerThan = -1): boolean {
    return this.holdersOf(inner, longerThan).next().done !== true;
  }
}
