import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { type RuleDoc, rules, Severity } from "../../lib/lint";
import { ignoreRules } from "../../lib/lint/ignores/rules";
import { root, table } from "./markdown";

const file = path.join(root, "docs", "lint.md");

const described: readonly RuleDoc[] = [...rules, ...ignoreRules];

/** The rules' own documentation: a table of all rules, and a section for each. */
function documented(): string {
  const rows = [
    ["rule", "severity", "what it finds"],
    ...described.map(({ id, severity, title }) => [`[${id}](#${id})`, severity, title]),
  ];
  const sections = described.map(
    ({ id, severity, title, why, fix }) => `### ${id}\n\n${title} (${severity}).\n\n${why}\n\n**Cure.** ${fix}\n`,
  );
  return ["## Rules", table(rows), sections.join("\n")].join("\n\n");
}

test("lint.md has every rule's own documentation", () => {
  const text = readFileSync(file, "utf8");
  const between = /(<!-- rules -->\n)[\s\S]*(<!-- \/rules -->)/;
  assert.match(text, between);
  const expected = text.replace(between, (_, start: string, end: string) => `${start}\n${documented()}\n${end}`);
  if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(file, expected);
  assert.equal(readFileSync(file, "utf8"), expected, "lint.md is not current: npm run goldens");
});

test("the documents' counts of lint rules are right", () => {
  const counts = ["README.md", "CHANGELOG.md"].flatMap((name) =>
    [...readFileSync(path.join(root, name), "utf8").matchAll(/(\d+) (?:traps|rules of lint)/g)].map(([, count]) => [
      name,
      Number(count),
    ]),
  );
  assert.deepEqual(counts, [["CHANGELOG.md", rules.length]]);
});

test("every lint rule and its tests are in files of its name", () => {
  for (const { id } of rules) {
    assert.ok(existsSync(path.join(root, "lib", "lint", "rules", `${id}.ts`)), `lib/lint/rules/${id}.ts`);
    const cases = path.join(root, "tests", "lint", "rules", `${id}.test.ts`);
    assert.match(
      existsSync(cases) ? readFileSync(cases, "utf8") : "",
      /test(Linkerd|Tier)?Rule\(/,
      `tests/lint/rules/${id}.test.ts`,
    );
  }
});

test("every lint rule has an id in kebab case, a title, a reason and a fix, in sentences", () => {
  for (const { id, severity, title, why, fix } of described) {
    assert.match(id, /^[a-z0-9]+(-[a-z0-9]+)+$/);
    assert.ok(Object.values(Severity).includes(severity), id);
    assert.match(title, /^\S.*[^.]$/, id);
    assert.match(why, /^[A-Z`"].*[.]$/s, id);
    assert.match(fix, /^[A-Z].*[.]$/s, id);
  }
  assert.equal(new Set(described.map(({ id }) => id)).size, described.length);
});
