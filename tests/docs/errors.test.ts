import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { rules } from "../../lib/lint/rules";
import { root } from "./markdown";

const file = path.join(root, "docs", "errors.md");

/** The rules of lint as they document themselves. */
const findings = rules
  .map(({ id, severity, title, why, fix }) => `### ${id}\n\n${title} (${severity}).\n\n${why}\n\n**Cure.** ${fix}\n`)
  .join("\n");

test("errors.md has a section for every rule of lint, as the rule documents itself", () => {
  const text = readFileSync(file, "utf8");
  const between = /(<!-- findings -->\n)[\s\S]*(<!-- \/findings -->)/;
  assert.match(text, between);
  const expected = text.replace(between, (_, start: string, end: string) => `${start}\n${findings}\n${end}`);
  if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(file, expected);
  assert.equal(readFileSync(file, "utf8"), expected, "errors.md is not current: npm run goldens");
});

test("where the documents count the rules of lint they are right", () => {
  const counts = ["README.md", "CHANGELOG.md"].flatMap((name) =>
    [...readFileSync(path.join(root, name), "utf8").matchAll(/(\d+) (?:traps|rules of lint)/g)].map(([, count]) => [
      name,
      Number(count),
    ]),
  );
  assert.deepEqual(counts, [["CHANGELOG.md", rules.length]]);
});

test("every message that errors.md quotes is one of meshfence's", () => {
  const source = readdirSync(path.join(root, "lib"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(path.join(root, "lib", name), "utf8"))
    .join("\n")
    // Long texts are put together from several.
    .replace(/["`'] \+\s+["`']/g, "")
    .replace(/\\(["`'])/g, "$1");
  const rows = readFileSync(file, "utf8").matchAll(/^\| (`.+?`) +\|/gm);
  const quoted = [...rows].flatMap(([, cell = ""]) =>
    [...cell.matchAll(/`([^`]+)`/g)].map(([, message = ""]) => message),
  );
  assert.ok(quoted.length > 80, `${quoted.length} messages`);
  const unknown = quoted.filter((message) => message.split("…").some((part) => !source.includes(part.trim())));
  assert.deepEqual(unknown, []);
});
