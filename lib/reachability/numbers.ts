import { getOrMake } from "../common/maps";

/** Numbers values from 0 on, in the order in which they are first seen. */
export class Numbers<Value> {
  private readonly known = new Map<Value, number>();

  of(value: Value): number {
    return getOrMake(this.known, value, () => this.known.size);
  }

  get count(): number {
    return this.known.size;
  }

  values(): Value[] {
    return [...this.known.keys()];
  }
}

/**
 * Numbers pairs of numbers from 0 on, in the order in which they are first seen. Of a small key a map is many times faster than of a text, or of a
 * number beyond 32 bits, so more than two numbers are numbered two by two.
 */
export class Pairs {
  private readonly known = new Map<number | string, number>();
  private first = -1;
  private second = -1;
  private number = -1;

  /** @param size More than any second number. */
  constructor(private readonly size: number) {}

  of(first: number, second: number): number {
    // Neighbours are often alike, which saves the look-up.
    if (first === this.first && second === this.second) return this.number;
    const product = first * this.size + second;
    const key = Number.isSafeInteger(product) ? product : `${first} ${second}`;
    let number = this.known.get(key);
    if (number === undefined) {
      number = this.known.size;
      this.known.set(key, number);
    }
    this.first = first;
    this.second = second;
    this.number = number;
    return number;
  }
}
