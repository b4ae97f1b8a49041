import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { root } from "./markdown";

const file = path.join(root, "docs", "errors.md");

test("every message that errors.md quotes is one of meshfence's", () => {
  const source = readdirSync(path.join(root, "lib"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .map((name) => readFileSync(path.join(root, "lib", name), "utf8"))
    .join("\n")
    // Long texts are concatenated in the code.
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
