import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { prCommand } from "../../lib/cli/commands/pr";
import { environmentOfChange } from "../../lib/cli/pull-request/environment";
import { root, table } from "./markdown";

const file = path.join(root, "docs", "pull-requests.md");
const action = parse(readFileSync(path.join(root, "action", "action.yml"), "utf8")) as {
  inputs: { [name: string]: { description: string; default?: string } };
};

test("the guide has every input of the action, with its own description", () => {
  const rows = Object.entries(action.inputs).map(([name, { description, default: given = "" }]) => [
    `\`${name}\``,
    description.replaceAll("|", "\\|").replace(/<(\w+)>/g, "`<$1>`"),
    given === "" ? "" : `\`${given}\``,
  ]);
  const inputs = table([["input", "what it is", "default"], ...rows]);
  const text = readFileSync(file, "utf8");
  const between = /(<!-- inputs -->\n)[\s\S]*(<!-- \/inputs -->)/;
  assert.match(text, between);
  const expected = text.replace(between, (_, start: string, end: string) => `${start}\n${inputs}\n\n${end}`);
  if (process.env.UPDATE_GOLDEN !== undefined) writeFileSync(file, expected);
  assert.equal(readFileSync(file, "utf8"), expected, "pull-requests.md is not current: npm run goldens");
});

/** The rows of the table "What runs of a change", by subject. */
function whatRuns(): Map<string, { when: string; more: string; less: string; byDefault: string }> {
  const section = /^## What runs of a change\n([\s\S]*?)^## /m.exec(readFileSync(file, "utf8"))?.[1] ?? "";
  const cells = section
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| --"))
    .map((line) => line.split("|").map((cell) => cell.trim()));
  return new Map(
    cells
      .slice(1)
      .map(([, what = "", when = "", more = "", less = "", byDefault = ""]) => [what, { when, more, less, byDefault }]),
  );
}

test("the guide is right about what code of a change runs by default, and its options exist", () => {
  const rows = whatRuns();
  assert.equal(rows.size, 10);
  const options = new Map(prCommand().options.map((option) => [option.long, option]));
  const said = [...rows].flatMap(([what, cells]) => [what, ...Object.values(cells)]).join("\n");
  for (const [option] of said.matchAll(/(?<=`)--[a-z-]+/g)) assert.ok(options.has(option), option);
  for (const [, value = ""] of said.matchAll(/--render (\w+)/g))
    assert.ok(options.get("--render")?.argChoices?.includes(value), value);
  const byDefault = (start: string) => [...rows].find(([what]) => what.startsWith(start))?.[1].byDefault ?? "";
  assert.equal(byDefault("charts and kust").split(":")[0], `\`--render ${options.get("--render")?.defaultValue}\``);
  assert.equal(options.get("--prepare")?.defaultValue, undefined);
  assert.equal(byDefault("`--prepare`"), "nothing");
  const { inputs } = action;
  assert.equal(inputs.render?.default, options.get("--render")?.defaultValue, "the action and the command agree");
  assert.deepEqual([inputs.prepare?.default, inputs["live-stack"]?.default, inputs.command?.default], ["", "", ""]);
  const checkout = readFileSync(path.join(root, "lib", "cli", "pull-request", "checkout.ts"), "utf8");
  const npm = /\["(ci)", "(--ignore-scripts)"/.exec(checkout)?.slice(1) ?? [];
  assert.equal(byDefault("packages of a lock file"), `\`npm ${npm.join(" ")}\``);
});

test("code of a change gets none of the variables with which it could act for the job", () => {
  const named = [
    ...(/gets none of the job's tokens.*\n?.*\)/.exec(readFileSync(file, "utf8"))?.[0] ?? "").matchAll(/`([A-Z_*]+)`/g),
  ];
  const names = named.map(([, name = ""]) => name.replace("*", "ID_TOKEN_REQUEST_TOKEN"));
  assert.ok(names.length > 4, names.join());
  const env = Object.fromEntries([...names, "PATH", "GITHUB_SHA", "CI"].map((name) => [name, "x"]));
  assert.deepEqual(Object.keys(environmentOfChange(env)).sort(), ["CI", "GITHUB_SHA", "PATH"]);
});
