import assert from "node:assert/strict";
import { test } from "node:test";
import { windowWords } from "../../lib/traffic/window";

test("a window is told in the largest unit of which there are two, and never as longer than it was", () => {
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
