import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { Severity } from "../../lib/lint";
import type { LocatedFinding } from "../../lib/lint/located";
import { readLintSettings } from "../../lib/lint/settings/read";
import { withSettings } from "../../lib/lint/settings/settings";

const finding = (rule: string, file: string, severity: Severity = Severity.Warning): LocatedFinding => ({
  ...{ rule, file, severity },
  ...{ object: "CiliumNetworkPolicy shop/p", path: [], data: {}, message: "", fix: "" },
});
const relative = (file: string) => (file.startsWith("../") ? undefined : file);
const read = (text: string) => readLintSettings(text, "meshfence.yaml");

describe("the section lint of meshfence.yaml", () => {
  it("turns rules off, changes their severity, and leaves paths out", () => {
    const { settings, problems } = read(`
lint:
  ignore: [vendor/, "*.gen.yaml"]
  rules:
    empty-rule: off
    deny-only: info
    misread-port: {severity: error, ignore: [legacy/**]}
`);
    assert.deepEqual(problems, []);
    const findings = [
      finding("empty-rule", "a.yaml"),
      finding("deny-only", "a.yaml", Severity.Error),
      finding("misread-port", "a.yaml"),
      finding("misread-port", "legacy/deep/a.yaml"),
      finding("deny-only", "legacy/deep/a.yaml"),
      finding("fqdn-without-dns", "apps/vendor/a.yaml"),
      finding("fqdn-without-dns", "apps/a.gen.yaml"),
      finding("fqdn-without-dns", "../vendor/a.yaml"),
    ];
    assert.deepEqual(
      withSettings(findings, settings, relative).map(({ rule, file, severity }) => [rule, file, severity]),
      [
        ["deny-only", "a.yaml", "info"],
        ["misread-port", "a.yaml", "error"],
        ["deny-only", "legacy/deep/a.yaml", "info"],
        ["fqdn-without-dns", "../vendor/a.yaml", "warning"],
      ],
    );
  });

  it("may be missing", () => {
    for (const text of ["", "# nothing yet\n", "lint: {}\n"]) {
      const { settings, problems } = read(text);
      assert.deepEqual([problems, settings.rules.size, settings.ignore.length], [[], 0, 0], text);
    }
  });

  const wrong: [string, string, RegExp][] = [
    ["a rule that there is not", "lint: {rules: {deny-olny: off}}", /no rule "deny-olny"; did you mean "deny-only"\?/],
    ["a severity that there is not", "lint: {rules: {deny-only: warn}}", /one of error, warning, info, off/],
    ["a setting that there is not", "lint: {rules: {deny-only: {level: error}}}", /no setting "level"/],
    ["a section that there is not", "lints: {}", /no setting "lints"; did you mean "lint"\?/],
    ["a path alone", "lint: {ignore: vendor/}", /must be a list of paths/],
    ["a path that is none", "lint: {ignore: [1]}", /must be a path/],
    ["clusters that are no names", "clusters: [west, 1]", /must be a name/],
    ["a cluster alone", "clusters: west", /must be a list of names/],
    ["a list of rules", "lint: {rules: [deny-only]}", /must be a mapping/],
    ["no YAML", "lint: {", /./],
    ["two documents", "lint: {}\n---\nlint: {}", /second document/],
  ];
  for (const [what, text, message] of wrong)
    it(`with ${what} is a problem with its place`, () => {
      const { problems } = read(text);
      assert.equal(problems.length, 1, JSON.stringify(problems));
      assert.match(problems[0]?.message ?? "", message);
      assert.ok((problems[0]?.line ?? 0) > 0);
    });
});
