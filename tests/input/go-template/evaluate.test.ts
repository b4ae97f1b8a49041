import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { argoFunctions } from "../../../lib/input/go-template/argo-functions";
import { evaluate, type MissingKey } from "../../../lib/input/go-template/evaluate";
import { fromJson, type GoMap, NotEvaluated, TemplateError, TextMap } from "../../../lib/input/go-template/values";
import { goYaml } from "../../../lib/input/render/objects/go-yaml";

interface Answer {
  template: string;
  missing?: MissingKey;
  /** Go's result. Absent if Go reports an error. */
  text?: string;
}

const functions = argoFunctions(goYaml);

/** Recorded from Go: `answers/main.go` reads the file and rewrites it with the results of text/template, sprig and Argo CD's functions. */
const { data, cases } = JSON.parse(readFileSync(path.join(__dirname, "answers.json"), "utf8")) as {
  data: { labels: Record<string, string> };
  cases: Answer[];
};

/** What Go evaluates, but this evaluator does not. */
const beyond = /printf "%d" \.port|hello|snakecase|kebabcase|camelcase|semverCompare|round/;

test("templates evaluate as in Go, and fail where Go fails", () => {
  const skipped: string[] = [];
  for (const { template, missing, text } of cases) {
    const parameters = fromJson(structuredClone(data)) as GoMap;
    parameters.set("labels", new TextMap(Object.entries(data.labels)));
    let made: string | undefined;
    try {
      made = evaluate(template, parameters, { functions, ...(missing !== undefined && { missingKey: missing }) });
    } catch (error) {
      if (!(error instanceof TemplateError)) throw error;
      if (error instanceof NotEvaluated) {
        skipped.push(template);
        continue;
      }
    }
    assert.equal(made, text, `${template} ${missing ?? ""}`);
  }
  assert.ok(cases.length > 450);
  assert.deepEqual(
    skipped,
    skipped.filter((template) => beyond.test(template)),
  );
});

test("an endless template is stopped", () => {
  const say = (template: string) => () => evaluate(template, {}, { functions });
  assert.throws(say("{{ range until 90000 }}{{ range until 90000 }}x{{ end }}{{ end }}"), /too many steps/);
  assert.throws(say('{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}'), /call each other/);
  assert.throws(say('{{ repeat 999999999 "aaaa" }}'), /more text than any real template/);
  assert.throws(say(`${"{{ if true }}".repeat(300)}${"{{ end }}".repeat(300)}`), /more than 200 deep/);
  assert.throws(say(`{{ ${"(".repeat(300)}1${")".repeat(300)} }}`), /more than 200 deep/);
  assert.throws(say("{{ untilStep 0 2000000000 1 }}"), /beyond any real use/);
});

test("accepts other delimiters", () => {
  assert.equal(evaluate("<< .a >>{{ .a }}", { a: "x" }, { functions, delimiters: ["<<", ">>"] }), "x{{ .a }}");
});
