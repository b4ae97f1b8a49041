import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { manifestsOf } from "../../../lib/cli/input/manifests";
import { diffReport } from "../../../lib/cli/reports/diff";
import { readFiles } from "../../../lib/input/files/files";
import type { Manifests } from "../../../lib/input/manifests/read";
import { anyProject, lintManifests } from "../../../lib/lint/lint-manifests";
import { evaluate, evaluateBoth } from "../../../lib/manifests/evaluate";
import { diffSarif } from "../../../lib/report/diff/diff-sarif";
import { findingsSarif } from "../../../lib/report/lint/sarif";
import { hostileFindings } from "./hostile";

// Uses Microsoft's own validator, which checks the schema of SARIF 2.1.0 and further rules of the specification. It is too large for the development
// dependencies.
const multitool = "5.7.0";
const folder = mkdtempSync(path.join(tmpdir(), "meshfence-sarif-"));

before(() => {
  const { status, stderr } = spawnSync(
    "npm",
    ["install", "--no-save", "--no-audit", "--no-fund", "--prefix", folder, `@microsoft/sarif-multitool@${multitool}`],
    { encoding: "utf8" },
  );
  assert.equal(status, 0, stderr);
});
after(() => rmSync(folder, { recursive: true }));

/** The validator's messages about a log, as `rule: message`, without the recommendation of a URL for the tool. */
function faultsOf(sarif: string): string[] {
  mkdirSync(path.join(folder, "logs"), { recursive: true });
  const [log, report] = ["log.sarif", "report.sarif"].map((name) => path.join(folder, "logs", name)) as [
    string,
    string,
  ];
  writeFileSync(log, sarif);
  const tool = path.join(folder, "node_modules", "@microsoft", "sarif-multitool", "bin.js");
  const said = spawnSync(process.execPath, [tool, "validate", log, "--output", report, "--log", "ForceOverwrite"], {
    encoding: "utf8",
  });
  const { runs } = JSON.parse(readFileSync(report, "utf8"));
  assert.ok(/Analysis completed/.test(said.stdout), said.stdout + said.stderr);
  return (runs[0].results as { ruleId: string; message: object }[])
    .filter(({ ruleId }) => ruleId !== "SARIF2005")
    .map(({ ruleId, message }) => `${ruleId}: ${JSON.stringify(message)}`);
}

test("lint's SARIF is valid for fixtures, hostile names and input that was not read whole", () => {
  const files = readFiles([path.join(__dirname, "..", "..", "cli", "fixtures", "after")]).files;
  const evaluated = evaluate(manifestsOf(files, { namespace: "default" }), { namespace: "default" });
  const relative = (file: string) => path.basename(file);
  const { findings } = lintManifests(evaluated, anyProject);
  assert.ok(findings.length > 0);
  const problem = { code: "syntax", file: "p.yaml", line: 3, column: 1, message: "is no YAML" };
  const report = { policies: 3, findings, problems: [problem], unseen: evaluated.unseen };
  assert.deepEqual(faultsOf(findingsSarif(report, relative, "1.0.0")), []);
  const hostile = { policies: 1, findings: hostileFindings, problems: [] };
  assert.deepEqual(faultsOf(findingsSarif(hostile, (file) => file, "1.0.0")), []);
});

test("diff's SARIF is valid, also with names that no manifest may have", () => {
  const options = { namespace: "default" };
  const [was, is] = ["before", "after"].map((side) =>
    manifestsOf(readFiles([path.join(__dirname, "..", "..", "cli", "fixtures", side)]).files, options),
  ) as [Manifests, Manifests];
  const report = diffReport(evaluateBoth(was, is, options), { before: "before", after: "after" });
  assert.ok(report.diff.opened.length > 0);
  const problem = { code: "syntax", file: "p.yaml", line: 3, column: 1, message: "is no YAML" };
  assert.deepEqual(faultsOf(diffSarif({ ...report, problems: [problem] }, (file) => path.basename(file), "1.0.0")), []);
  const why = () => [{ layer: "ingress" as const, words: "[rule](0) {1} of </script>", rules: [] }];
  assert.deepEqual(faultsOf(diffSarif({ ...report, why }, (file) => file, "1.0.0")), []);
});

test("the validator rejects an invalid log", () => {
  assert.notDeepEqual(faultsOf('{"version": "2.1.0", "runs": [{"tool": {"driver": {}}}]}'), []);
});
