import assert from "node:assert/strict";
import { test } from "node:test";
import type { Traffic } from "../../lib/traffic/traffic";
import { silentHours, watchedDays, windowWords } from "../../lib/traffic/window";

const emptyTraffic = { flows: 0, hours: new Set<string>() } as unknown as Traffic;

test("describes a window in the largest unit that fits twice, and never as longer than it was", () => {
  const words = (seconds: number) =>
    windowWords("2026-11-26T00:00:00Z", new Date(Date.UTC(2026, 10, 26, 0, 0, seconds)).toISOString());
  assert.deepEqual([0, 1, 119, 120, 154, 179].map(words), [
    "1 second",
    "1 second",
    "119 seconds",
    "2 minutes",
    "2.5 minutes",
    "2.9 minutes",
  ]);
  assert.deepEqual([3600 * 36, 3600 * 60, 86_400 * 7 - 1, 86_400 * 20.9].map(words), [
    "36 hours",
    "2.5 days",
    "6.9 days",
    "20 days",
  ]);
  assert.equal(windowWords(undefined, undefined), undefined);
});

test("days without a recording are not watched days, and silent hours are counted", () => {
  const [first, last] = ["2026-11-01T00:00:00Z", "2026-11-08T00:00:00Z"];
  const traffic = { ...emptyTraffic, first, last, flows: 2, hours: new Set(["2026-11-01T00", "2026-11-08T00"]) };
  assert.equal(watchedDays(traffic), 2);
  assert.equal(silentHours(traffic), 7 * 24 - 1);
  assert.equal(watchedDays({ ...traffic, flows: 0, hours: new Set<string>() }), 7, "counters alone tell no hours");
  assert.equal(watchedDays(emptyTraffic), undefined);
});
