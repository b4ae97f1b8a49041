import assert from "node:assert/strict";
import { test } from "node:test";
import { lostBefore } from "../../lib/cli/gates/gates";
import type { Problem } from "../../lib/common/problem";

test("a state before that was not read whole stops a gate; --allow-unseen ignores part of a file, never a whole file", () => {
  const part: Problem = { code: "yaml", message: "is no YAML", file: "a.yaml", line: 3 };
  const whole: Problem = { code: "unreadable", message: "cannot be read", file: "b.yaml" };
  const refused: Problem = { ...part, leftOut: { kind: "NetworkPolicy", name: "p", namespace: "shop" } };
  const stops = (problems: readonly Problem[], allowUnseen = false) => lostBefore(problems, { allowUnseen }).stops;
  assert.deepEqual([stops([]), stops([refused]), stops([part]), stops([whole])], [false, false, true, true]);
  assert.deepEqual([stops([part], true), stops([part, whole], true)], [false, true]);
  assert.match(lostBefore([part], {}).lines.join(), /--allow-unseen ignores this/);
  assert.deepEqual(lostBefore([whole], {}).lines, [], "it would not");
});
