import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { linesOf } from "../../corpus/lines";
import { type Comparison, compareScenario, type Scenario } from "../../corpus/linkerd";
import { some } from "../../support/runs";

for (const name of ["linkerd-corners", "linkerd-sample"]) {
  test(`the evaluator gives the same answers as Linkerd's own code: ${name}`, () => {
    const comparison: Comparison = { questions: 0, scenarios: 0, differences: [], unknown: [] };
    const lines = linesOf(path.join(__dirname, "../../corpus/data", `${name}.jsonl.gz`));
    for (const line of name === "linkerd-sample" ? some(lines) : lines) {
      compareScenario(JSON.parse(line) as Scenario, comparison);
    }
    assert.ok(comparison.questions > 600);
    assert.deepEqual([...comparison.differences, ...comparison.unknown].slice(0, 5), []);
  });
}

test("the comparison notices a wrong answer", () => {
  const [line = ""] = linesOf(path.join(__dirname, "../../corpus/data/linkerd-corners.jsonl.gz"));
  const scenario = JSON.parse(line) as Scenario;
  for (const question of scenario.questions) question.answer = { ...question.answer, owner: "somebody else" };
  const comparison: Comparison = { questions: 0, scenarios: 0, differences: [], unknown: [] };
  compareScenario(scenario, comparison);
  assert.equal(comparison.differences.length, scenario.questions.length);
});
