import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { difference, type KubectlAnswer } from "./judge";

/** Generated texts and what kubectl reads in them, recorded by `tests/oracle/kubectl.ts --record`. */
const recorded = readFileSync(path.join(__dirname, "recorded.jsonl"), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line) as KubectlAnswer & { text: string });

test("a file has the objects that kubectl reads in it, or a problem with its line", () => {
  const results = recorded.map((answer) => difference(answer.text, answer));
  for (const [index, result] of results.entries())
    assert.equal(typeof result, "string", `${JSON.stringify(recorded[index]?.text)}\n${JSON.stringify(result)}`);
  const same = results.filter((result) => result === "same objects").length;
  assert.ok(same > 40 && same < results.length, `${same} of ${results.length} have the same objects`);
});
