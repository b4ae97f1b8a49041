import assert from "node:assert/strict";
import { test } from "node:test";
import { lostBefore } from "../../lib/cli/gates";
import type { Problem } from "../../lib/common/problem";

test("what could not be read of the state before stops a gate; --allow-unseen passes over a part of a file, and over no whole one", () => {
  const part: Problem = { code: "yaml", message: "is no YAML", file: "a.yaml", line: 3 };
  const whole: Problem = { code: "unreadable", message: "cannot be read", file: "b.yaml" };
  const refused: Problem = { ...part, leftOut: { kind: "NetworkPolicy", name: "p", namespace: "shop" } };
  const stops = (problems: readonly Problem[], allowUnseen = false) => lostBefore(problems, { allowUnseen }).stops;
  assert.deepEqual([stops([]), stops([refused]), stops([part]), stops([whole])], [false, false, true, true]);
  assert.deepEqual([stops([part], true), stops([part, whole], true)], [false, true]);
  assert.match(lostBefore([part], {}).lines.join(), /--allow-unseen ignores this/);
  assert.deepEqual(lostBefore([whole], {}).lines, [], "it would not");
});
