import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { manifestsOf } from "../../lib/cli/input/manifests";
import { diffReport } from "../../lib/cli/reports/diff";
import { reachReport } from "../../lib/cli/reports/reach";

import { readFiles } from "../../lib/input/files/files";
import { anyProject, lintManifests } from "../../lib/lint/lint-manifests";
import { evaluate, evaluateBoth } from "../../lib/manifests/evaluate";
import { explainerOf } from "../../lib/manifests/explainer";
import { diffGitlab } from "../../lib/report/diff/diff-gitlab";
import { diffJson } from "../../lib/report/diff/diff-json";
import { diffMarkdown } from "../../lib/report/diff/diff-markdown";
import { diffSarif } from "../../lib/report/diff/diff-sarif";
import { diffText } from "../../lib/report/diff/diff-text";
import { explainText } from "../../lib/report/explain/explain-text";
import { diffMermaid, reachMermaid } from "../../lib/report/graph/mermaid";
import { diffSvg, reachSvg } from "../../lib/report/graph/svg";
import { findingsGitlab } from "../../lib/report/lint/gitlab";
import { findingsJson } from "../../lib/report/lint/json";
import { findingsMarkdown } from "../../lib/report/lint/markdown";
import { findingsSarif } from "../../lib/report/lint/sarif";
import { findingsText } from "../../lib/report/lint/text";
import { pullRequestComment } from "../../lib/report/pull-request/pull-request";
import { reachJson, verdictLine } from "../../lib/report/reach/reach-json";
import { reachMarkdown } from "../../lib/report/reach/reach-markdown";
import { reachText } from "../../lib/report/reach/reach-text";

// The renderers' output for tests/cli/fixtures. After an intended change, run `npm run goldens` and review the diff.
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

/** Removes the list of rules, which changes with each new rule and is documented in docs/lint.md. */
function withoutRules(sarif: string): string {
  const log = JSON.parse(sarif);
  for (const { tool, results } of log.runs) {
    tool.driver.rules = [];
    for (const result of results) delete result.ruleIndex;
  }
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

const NO_PLAN = { added: [], removed: [], changed: [], unchanged: 0 };

type Rendered = Record<string, () => string | Promise<string>>;

function renderedOf([beforeName, afterName]: readonly [string, string]): Rendered {
  const [was, is] = [manifests(beforeName), manifests(afterName)];
  const after = evaluate(is, options);
  const reach = reachReport(after);
  const diff = diffReport(evaluateBoth(was, is, options), { before: beforeName, after: afterName });
  const linted = lintManifests(after, anyProject);
  const findings = { ...linted, problems: [], policies: after.policies.length };
  return {
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
    "diff.gitlab.json": () => diffGitlab(diff, (file) => file, "Pulumi.yaml"),
    "diff.mmd": () => diffMermaid(diff),
    "diff.svg": () => diffSvg(diff),
    "lint.txt": () => findingsText(findings),
    "lint.json": () => findingsJson(findings),
    "lint.md": () => findingsMarkdown(findings),
    "lint.sarif": () => withoutRules(findingsSarif(findings, (file) => file, "0.0.0")),
    "lint.gitlab.json": () => findingsGitlab(findings, (file) => file),
  };
}

/** What only the second fence shows: verdicts by request, in a comment and in an explanation. */
function ofTwoFences(): Rendered {
  const [was, is] = [manifests("two-fences/before"), manifests("two-fences/after")];
  const report = diffReport(evaluateBoth(was, is, options), { before: "main", after: "work" });
  const evaluated = evaluate(is, options);
  const explainer = explainerOf(evaluated);
  const flow = (from: string, to: string, port: number) => ({ from, to, proto: "TCP", port });
  const asked = [
    flow("shop/job", "shop/cart", 8080),
    flow("shop/catalog", "shop/cart", 8080),
    flow("ops/backup", "shop/db", 5432),
    flow("ops/backup", "shop/catalog", 8080),
  ];
  return {
    "pr.md": () =>
      pullRequestComment({
        name: "shop",
        reach: report,
        plan: NO_PLAN,
        manifests: [],
        notes: [],
        gates: ["plaintext"],
      }),
    "explain.txt": () => asked.map((one) => explainText(explainer.explain(one))).join("\n"),
    "explain.json": () =>
      `${JSON.stringify(
        asked.map((one) => explainer.explain(one)),
        undefined,
        2,
      )}\n`,
  };
}

const all = [
  ...Object.entries(renderedOf(["before", "after"])),
  ...Object.entries({ ...renderedOf(["two-fences/before", "two-fences/after"]), ...ofTwoFences() }).map(
    ([name, render]) => [`two-fences/${name}`, render] as const,
  ),
];

for (const [name, render] of all) {
  test(`${name} matches the golden file`, async () => {
    const file = path.join(golden, name);
    const text = await render();
    if (process.env.UPDATE_GOLDEN !== undefined) {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    assert.equal(text, readFileSync(file, "utf8"));
    assert.equal(await render(), text, "the same twice");
  });
}

test("JSON output parses", () => {
  const reach = reachReport(evaluate(manifests("after"), options));
  const whole = JSON.parse([...reachJson(reach)].join("")) as { flows: unknown[] };
  assert.deepEqual(whole.flows, JSON.parse(`[${[...reach.verdicts].map(verdictLine).join()}]`));
});
