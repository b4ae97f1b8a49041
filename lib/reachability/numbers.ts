import { getOrMake } from "../common/maps";

/** One key for four numbers, each below its size. Numbers are many times faster than texts, as long as they can be told apart. */
export function keyOfNumbers(
  sizes: readonly number[],
): (wire: number, leaves: number, enters: number, admits: number) => number | string {
  const [, leaving = 1, entering = 1, admitting = 1] = sizes;
  if (!Number.isSafeInteger(sizes.reduce((product, size) => product * size, 1))) return (...numbers) => numbers.join();
  return (wire, leaves, enters, admits) => ((wire * leaving + leaves) * entering + enters) * admitting + admits;
}

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
