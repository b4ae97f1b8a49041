/** The tiers, in the order in which they are asked. The last has what Cilium adds where no rule says anything. */
export const Tier = { Admin: 0, Normal: 1, Baseline: 2, Default: 3 } as const;
export type Tier = (typeof Tier)[keyof typeof Tier];

const TIERS = [Tier.Admin, Tier.Normal, Tier.Baseline, Tier.Default] as const;

/** What decides when something is asked. */
export interface Ordered {
  tier: Tier;
  priority: number;
  passes: boolean;
}

/** The precedences of a tier, of which each is a multiple of 256 that leaves a byte for what a rule does. */
export interface TierRange {
  highest: number;
  lowest: number;
}

/** The precedence of everything asked, of one subject in one direction. */
export interface Precedences {
  /** In the order of what was given. */
  of: readonly number[];
  tiers: Readonly<Record<Tier, TierRange>>;
}

/** Cilium has 24 bits for it. */
const HIGHEST = 0xff_ffff;
const BYTE = 0x100;

/**
 * One level for each priority of each tier, and behind each level that passes room for all lower tiers: what is passed to is lifted there
 * (`computeTierPriorities` and `resolveL4Policy` in `pkg/policy/rules.go`).
 *
 * @param rules By tier and then priority.
 * @returns undefined where there is no room for as many.
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
