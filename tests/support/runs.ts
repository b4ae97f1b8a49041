/** Of what is tried in CI, as much as fits into the minute that `npm test` may take. */
const EVERY_DAY = 0.1;

const factor = Number(process.env.PROPERTY_RUNS ?? EVERY_DAY);
if (!(factor > 0)) throw new Error(`PROPERTY_RUNS=${process.env.PROPERTY_RUNS}: must be a number above 0`);

/**
 * How often a property is tried: `count` times, multiplied by the environment variable `PROPERTY_RUNS`, by default a tenth. CI sets it, and
 * who changes what a property is about should: each run tries other values.
 */
export function runs(count: number): number {
  return Math.ceil(count * factor);
}

/** Of recorded cases, every so many: as large a part as of {@link runs}, and all of them from `PROPERTY_RUNS=1` on. */
export function some<T>(cases: readonly T[]): T[] {
  const step = Math.max(1, Math.floor(1 / factor));
  return cases.filter((_, index) => index % step === 0);
}
