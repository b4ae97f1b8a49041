import assert from "node:assert/strict";
import { test } from "node:test";
import { precedences, Tier } from "../../lib/cilium/policy/tiers";

const admin = (priority: number, passes = false) => ({ tier: Tier.Admin, priority, passes });
const normal = { tier: Tier.Normal, priority: 0, passes: false };
const levelsOf = (...rules: Parameters<typeof precedences>[0][number][]) =>
  precedences(rules)?.of.map((precedence) => 0xff_ffff - precedence / 0x100);

test("each level that passes leaves room for all lower tiers, rounded up to tens like in Cilium", () => {
  assert.deepEqual(levelsOf(admin(1), admin(2), normal), [0, 1, 10]);
  assert.deepEqual(levelsOf(admin(1), admin(1), admin(2), normal), [0, 0, 1, 10], "equal priorities share a level");
  assert.deepEqual(levelsOf(admin(1, true), admin(2), normal), [0, 11, 20]);
  assert.deepEqual(levelsOf(admin(1, true), admin(1, true), admin(2), normal), [0, 0, 11, 20]);
});

test("more priorities than Cilium has levels for yield no precedences", () => {
  const many = Array.from({ length: 500 }, (_, priority) => admin(priority, true));
  const below = (count: number) => Array.from({ length: count }, (_, priority) => ({ ...normal, priority }));
  assert.notEqual(precedences([...many, ...below(30_000)]), undefined);
  assert.equal(precedences([...many, ...below(40_000)]), undefined);
});
