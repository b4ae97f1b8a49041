import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { rules, Severity } from "../../../lib/lint";
import type { LocatedFinding } from "../../../lib/lint/located";
import { findingsGitlab } from "../../../lib/report/lint/gitlab";
import { findingsMarkdown } from "../../../lib/report/lint/markdown";
import { findingsSarif } from "../../../lib/report/lint/sarif";
import { findingsText } from "../../../lib/report/lint/text";
import { hostileFindings } from "./hostile";

const finding = (more: Partial<LocatedFinding> = {}): LocatedFinding => ({
  rule: "deny-only",
  severity: Severity.Error,
  object: "CiliumNetworkPolicy shop/p",
  data: {},
  path: ["spec", "egressDeny"],
  message: "this also blocks every other egress",
  fix: "Add enableDefaultDeny.",
  file: "p.yaml",
  line: 7,
  column: 3,
  ...more,
});
const report = (findings: LocatedFinding[]) => ({ findings, problems: [], policies: 1 });
const asIs = (file: string) => file;

describe("the same finding in many places", () => {
  const places = Array.from({ length: 40 }, (_, at) => finding({ file: `${String(at).padStart(2, "0")}.yaml` }));

  it("is reported once, with all its places", () => {
    const text = findingsText(report(places.slice(0, 3)));
    assert.equal(text.match(/blocks every other egress/g)?.length, 1);
    for (const { file } of places.slice(0, 3)) assert.ok(text.includes(`${file}:7`), text);
    assert.equal(findingsMarkdown(report(places)).match(/blocks every other egress/g)?.length, 1);
  });

  it("names as many places as fit, or all on request", () => {
    const many = [...places, ...places.map((one) => finding({ ...one, message: `other ${one.file}` }))];
    const text = findingsText(report(many));
    assert.ok(text.split("\n").length <= 61, text);
    assert.match(text, /and 3[0-9] more places/);
    assert.match(text, /--verbose lists all of them\.\n$/);
    const verbose = findingsText(report(many), undefined, true);
    assert.doesNotMatch(verbose, /more place|--verbose/);
    for (const { file } of places) assert.equal(verbose.split(`  ${file}:7`).length - 1, 2, file);
  });

  it("of many rules at once still fits a terminal, with every error listed", () => {
    // There are more rules than lines.
    const many = rules.slice(0, 45);
    const all = many.flatMap(({ id, severity, fix }) =>
      places.flatMap((one) => [
        finding({ ...one, rule: id, severity, fix }),
        finding({
          ...one,
          rule: id,
          severity,
          fix: `${fix} ${one.file}`,
          message: `${one.file} ${"word ".repeat(40)}`,
        }),
      ]),
    );
    const text = findingsText(report(all));
    assert.ok(text.split("\n").length <= 61, `${text.split("\n").length} lines`);
    for (const { id } of many) assert.ok(text.includes(id), id);
  });
});

describe("fingerprints", () => {
  const of = (findings: LocatedFinding[]) => {
    const sarif = JSON.parse(findingsSarif(report(findings), asIs, "1.0.0"));
    const gitlab = JSON.parse(findingsGitlab(report(findings), asIs));
    return [
      sarif.runs[0].results.map(
        (result: { partialFingerprints: object }) => Object.values(result.partialFingerprints)[0],
      ),
      gitlab.map(({ fingerprint }: { fingerprint: string }) => fingerprint),
    ] as [string[], string[]];
  };

  it("stay when lines move, and differ between findings", () => {
    const findings = [
      finding({ path: ["spec", "ingress", 0] }),
      finding({ path: ["spec", "ingress", 1], line: 9 }),
      finding({ rule: "empty-rule" }),
    ];
    const moved = findings.map((one) => ({ ...one, line: (one.line ?? 0) + 30 }));
    assert.deepEqual(
      of(findings).map((list) => new Set(list)),
      of(moved).map((list) => new Set(list)),
    );
    for (const list of of(findings)) assert.equal(new Set(list).size, 3);
    assert.notDeepEqual(of([finding()]), of([finding({ file: "q.yaml" })]));
  });
});

describe("names of manifests in reports for programs", () => {
  it("become relative URIs only, never links or placeholders", () => {
    const { runs } = JSON.parse(findingsSarif(report(hostileFindings), asIs, "1.0.0"));
    for (const { message, locations, ruleIndex, ruleId } of runs[0].results) {
      const { uri } = locations[0].physicalLocation.artifactLocation;
      const base = "https://base.example/repository/";
      assert.ok(new URL(uri, base).href.startsWith(base), uri);
      assert.doesNotMatch(message.text, /(?<!\\)\[[^\]]*\]\(|(?<!\{)\{\d+\}(?!\})/);
      assert.equal(runs[0].tool.driver.rules[ruleIndex].id, ruleId);
    }
  });

  it("do not hide a problem of the input: the invocation is marked as failed", () => {
    const problem = { code: "syntax", file: "p.yaml", line: 3, column: 1, message: "is no YAML" };
    const { runs } = JSON.parse(findingsSarif({ ...report([]), problems: [problem] }, asIs, "1.0.0"));
    const [{ executionSuccessful, toolExecutionNotifications }] = runs[0].invocations;
    assert.deepEqual([executionSuccessful, toolExecutionNotifications.length], [false, 1]);
  });
});
