import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { diffReport } from "../../lib/cli/diff-report";
import { manifestsOf } from "../../lib/cli/input";
import { reachReport } from "../../lib/cli/show-reach";
import { readFiles } from "../../lib/input/files/files";
import { anyProject, lintManifests } from "../../lib/lint/lint-manifests";
import { evaluate, evaluateBoth } from "../../lib/manifests/evaluate";
import { diffJson } from "../../lib/report/diff/diff-json";
import { diffMarkdown } from "../../lib/report/diff/diff-markdown";
import { diffSarif } from "../../lib/report/diff/diff-sarif";
import { diffText } from "../../lib/report/diff/diff-text";
import { diffMermaid, reachMermaid } from "../../lib/report/graph/mermaid";
import { diffSvg, reachSvg } from "../../lib/report/graph/svg";
import { reachJson, verdictLine } from "../../lib/report/json";
import { findingsGitlab } from "../../lib/report/lint/gitlab";
import { findingsJson } from "../../lib/report/lint/json";
import { findingsMarkdown } from "../../lib/report/lint/markdown";
import { findingsSarif } from "../../lib/report/lint/sarif";
import { findingsText } from "../../lib/report/lint/text";
import { reachMarkdown } from "../../lib/report/markdown";
import { reachText } from "../../lib/report/reach-text";

// What the renderers make of tests/cli/fixtures. After a change that is meant: UPDATE_GOLDEN=1 node tests/run.js render/golden,
// and look at the difference.
const golden = path.join(__dirname, "golden");

const options = { namespace: "default", transportMode: "transparent" as const };
const manifests = (name: string) => {
  const folder = path.join(__dirname, "..", "cli", "fixtures", name);
  const files = readFiles([folder]).files.map(({ file, ...rest }) => ({
    ...rest,
    file: path.posix.join(name, path.basename(file)),
  }));
  return manifestsOf(files, options);
};
const [was, is] = [manifests("before"), manifests("after")];
const _policiesOf = ({ policies }: typeof was) => policies.map(({ manifest }) => manifest);
const after = evaluate(is, options);
const reach = reachReport(after);
const diff = diffReport(evaluateBoth(was, is, options), { before: "before", after: "after" });
const linted = lintManifests(after, anyProject);
const findings = { ...linted, problems: [], policies: after.policies.length };

/** The rules are those of docs/lint.md, and their places change with each that is added. */
function withoutRules(sarif: string): string {
  const log = JSON.parse(sarif);
  for (const { tool, results } of log.runs) {
    tool.driver.rules = [];
    for (const result of results) delete result.ruleIndex;
  }
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

const rendered: Record<string, () => string | Promise<string>> = {
  "reach.txt": () => reachText(reach),
  "reach.json": () => [...reachJson(reach)].join(""),
  "reach.jsonl": () => [...reach.verdicts].map((verdict) => `${verdictLine(verdict)}\n`).join(""),
  "reach.md": () => reachMarkdown(reach),
  "reach.mmd": () => reachMermaid(reach),
  "reach.svg": () => reachSvg(reach),
  "diff.txt": () => diffText(diff),
  "diff.json": () => [...diffJson(diff)].join(""),
  "diff.md": () => diffMarkdown(diff),
  "diff.sarif": () => diffSarif(diff, (file) => file, "0.0.0"),
  "diff.mmd": () => diffMermaid(diff),
  "diff.svg": () => diffSvg(diff),
  "lint.txt": () => findingsText(findings),
  "lint.json": () => findingsJson(findings),
  "lint.md": () => findingsMarkdown(findings),
  "lint.sarif": () => withoutRules(findingsSarif(findings, (file) => file, "0.0.0")),
  "lint.gitlab.json": () => findingsGitlab(findings, (file) => file),
};

for (const [name, render] of Object.entries(rendered)) {
  test(`${name} is as it was looked at`, async () => {
    const file = path.join(golden, name);
    const text = await render();
    if (process.env.UPDATE_GOLDEN !== undefined) {
      mkdirSync(golden, { recursive: true });
      writeFileSync(file, text);
    }
    assert.equal(text, readFileSync(file, "utf8"));
    assert.equal(await render(), text, "the same twice");
  });
}

test("JSON is JSON", () => {
  const whole = JSON.parse([...reachJson(reach)].join("")) as { flows: unknown[] };
  assert.deepEqual(whole.flows, JSON.parse(`[${[...reach.verdicts].map(verdictLine).join()}]`));
});
