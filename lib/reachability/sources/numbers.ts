import { getOrMake } from "../../common/maps";

/** Numbers distinct values from 0 on, in the order in which they are first seen. */
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
 * Numbers distinct pairs of numbers from 0 on, in the order in which they are first seen. Maps with small integer keys are many times faster than maps
 * with strings or numbers beyond 32 bits, so callers number triples as pairs of pairs.
 */
export class Pairs {
  private readonly known = new Map<number | string, number>();
  private first = -1;
  private second = -1;
  private number = -1;

  /** @param size Greater than any second number. */
  constructor(private readonly size: number) {}

  of(first: number, second: number): number {
    // Consecutive pairs are often equal, which saves the look-up.
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
