/**
 * How often a property is tried: `count` times, multiplied by the environment variable `PROPERTY_RUNS` where that is set. CI sets it, and
 * who changes what a property is about should: each run tries other values.
 */
export function runs(count: number): number {
  const factor = Number(process.env.PROPERTY_RUNS ?? 1);
  if (!(factor > 0)) throw new Error(`PROPERTY_RUNS=${process.env.PROPERTY_RUNS}: must be a number above 0`);
  return Math.ceil(count * factor);
}
