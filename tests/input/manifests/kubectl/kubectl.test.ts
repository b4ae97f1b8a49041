import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { readManifests } from "../../../../lib/input/manifests/read";
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

test("a directive is a problem in a file of manifests, but not in other files that a search finds", () => {
  const problems = (text: string) =>
    readManifests([{ file: "f.yaml", text, found: true }]).problems.map(({ line, code }) => [line, code]);
  const pod = "apiVersion: v1\nkind: Pod\nmetadata: { name: a }\nspec: { containers: [] }\n";
  assert.deepEqual(problems(`# c\n%YAML 1.1\n---\n${pod}`), [[2, "syntax"]]);
  assert.deepEqual(problems("%YAML 1.2\n---\n$id: http://devicetree.org/schemas/x.yaml#\n"), []);
});

test("a syntax error never quotes the text, which need not be a manifest", () => {
  for (const text of [
    '{"a": s3cret}',
    '{"a": "s3cret", "b" s3cret}',
    '{}{"a":1}{"b": s3cret}',
    "a: b\ns3cret\nc",
    "a: |s3cret\n b",
    "[x]\ns3cret = s3cret: s3cret\n",
    "}s3cret",
    "@s3cret",
  ]) {
    const { problems } = readManifests([{ file: "f.yaml", text }]);
    assert.ok(problems.length > 0, text);
    assert.doesNotMatch(JSON.stringify(problems), /s3cr/, text);
  }
});
