/** The tiers, in the order in which they are evaluated. The last one has Cilium's own defaults. */
export const Tier = { Admin: 0, Normal: 1, Baseline: 2, Default: 3 } as const;
export type Tier = (typeof Tier)[keyof typeof Tier];

const TIERS = [Tier.Admin, Tier.Normal, Tier.Baseline, Tier.Default] as const;

/** What determines when a rule is evaluated. */
export interface Ordered {
  tier: Tier;
  priority: number;
  passes: boolean;
}

/** The precedences of a tier. Each is a multiple of 256, which leaves a byte for the kind of rule. */
export interface TierRange {
  highest: number;
  lowest: number;
}

/** The precedences of all rules for one subject in one direction. */
export interface Precedences {
  /** One for each rule, in the given order. */
  of: readonly number[];
  tiers: Readonly<Record<Tier, TierRange>>;
}

/** Cilium stores the level in 24 bits. */
const HIGHEST = 0xff_ffff;
const BYTE = 0x100;

/**
 * Assigns one level to each priority of each tier, and leaves room for all lower tiers behind each level that passes, because the rules passed to are
 * lifted there (`computeTierPriorities` and `resolveL4Policy` in `pkg/policy/rules.go`).
 *
 * @param rules Sorted by tier and then by priority.
 * @returns undefined if there are more priorities than levels
 */
export function precedences(rules: readonly Ordered[]): Precedences | undefined {
  const needed = [0, 0, 0, 0, 0];
  for (const tier of [...TIERS].reverse()) {
    const inTier = rules.filter((rule) => rule.tier === tier);
    const levels = new Set(inTier.map(({ priority }) => priority)).size;
    const passing = new Set(inTier.filter(({ passes }) => passes).map(({ priority }) => priority)).size;
    needed[tier] = inTens(inTens(levels) + (passing + 1) * (needed[tier + 1] ?? 0));
  }
  if ((needed[0] ?? 0) > HIGHEST) return undefined;
  const start = (tier: number) => (needed[0] ?? 0) - (needed[tier] ?? 0);
  const of: number[] = [];
  let last: Ordered | undefined;
  let level = 0;
  let step = 1;
  for (const rule of rules) {
    if (last?.tier !== rule.tier) [level, step] = [start(rule.tier), 1];
    else if (last.priority !== rule.priority) [level, step] = [level + step, 1];
    if (rule.passes) step = (needed[rule.tier + 1] ?? 0) + 1;
    of.push((HIGHEST - level) * BYTE);
    last = rule;
  }
  const range = (tier: Tier): TierRange => ({
    highest: (HIGHEST - start(tier)) * BYTE,
    lowest: (HIGHEST - start(tier + 1) + 1) * BYTE,
  });
  return { of, tiers: [range(0), range(1), range(2), range(3)] };
}

const inTens = (levels: number) => Math.ceil(levels / 10) * 10;
