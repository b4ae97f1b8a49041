import type { Flow } from "./flow";

/**
 * Recognizes events that were read before: rotated files overlap, `hubble observe --follow` begins in the past, and an exporter's file may repeat what
 * was observed. Memory is bounded: an event is recognized while fewer than `most` others followed it.
 */
export class Repeats {
  private younger: Generation;
  private older: Generation | undefined;

  /** @param capacity How many events are remembered at least, and at most twice as many. Each takes some 12 bytes. */
  constructor(private readonly capacity = 1_000_000) {
    this.younger = new Generation();
  }

  /** Whether this flow was seen before. Remembers it. Never true where Hubble gives no uuid. */
  isRepeated({ uuid, time, from, to, sourcePort, port, event }: Flow): boolean {
    if (uuid === "") return false;
    const numbers = (sourcePort << 16) ^ (event << 8) ^ port;
    const a = mixed(hash(uuid, 0x811c9dc5));
    const b = mixed(hash(to, hash(from, hash(time, 0x9e3779b9 ^ numbers))));
    if (this.older?.has(a, b) === true || !this.younger.add(a, b)) return true;
    if (this.younger.size >= this.capacity) {
      this.older = this.younger;
      this.younger = new Generation();
    }
    return false;
  }
}

/** A set of 64-bit numbers, by open addressing. */
class Generation {
  size = 0;
  private slots = new Uint32Array(2 << 12);
  private mask = (1 << 12) - 1;

  has(a: number, b: number): boolean {
    return this.slots[this.placeOf(a, b)] !== 0;
  }

  /** Adds a number. Returns whether it is new. */
  add(a: number, b: number): boolean {
    const place = this.placeOf(a, b);
    if (this.slots[place] !== 0) return false;
    this.slots[place] = a || 1;
    this.slots[place + 1] = b;
    this.size++;
    if (this.size * 4 > this.mask * 3) this.grow();
    return true;
  }

  private placeOf(a: number, b: number): number {
    const first = a || 1;
    for (let slot = b & this.mask; ; slot = (slot + 1) & this.mask) {
      const found = this.slots[slot * 2];
      if (found === 0 || (found === first && this.slots[slot * 2 + 1] === b)) return slot * 2;
    }
  }

  private grow(): void {
    const before = this.slots;
    this.slots = new Uint32Array(before.length * 2);
    this.mask = this.mask * 2 + 1;
    for (let at = 0; at < before.length; at += 2) {
      const [a = 0, b = 0] = [before[at], before[at + 1]];
      if (a === 0) continue;
      const place = this.placeOf(a, b);
      this.slots[place] = a;
      this.slots[place + 1] = b;
    }
  }
}

/** FNV-1a. */
function hash(text: string, seed: number): number {
  let value = seed;
  for (let place = 0; place < text.length; place++) value = Math.imul(value ^ text.charCodeAt(place), 0x01000193);
  return value;
}

/** Mixes the bits, because only a few of them select the slot. */
function mixed(hashed: number): number {
  const value = Math.imul(hashed ^ (hashed >>> 15), 0x85ebca6b);
  return (value ^ (value >>> 13)) >>> 0;
}
