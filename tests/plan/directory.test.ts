import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { writePlanDirectory } from "../../lib/plan";
import { temporaryDirectory } from "./fixture";

const write = (directory: string, files: { [name: string]: string }) =>
  writePlanDirectory(directory, new Map(Object.entries(files)));

test("a second plan replaces the first, and removes obsolete files", () => {
  const directory = path.join(temporaryDirectory(), "new", "plan");
  write(directory, { "a/one.yaml": "1", "b/two.yaml": "2" });
  write(directory, { "a/one.yaml": "changed", "c.yaml": "3" });
  assert.equal(readFileSync(path.join(directory, "a/one.yaml"), "utf8"), "changed");
  assert.deepEqual(readdirSync(directory).sort(), [".meshfence-plan.json", "a", "c.yaml"]);
});

test("refuses to write anything if it would overwrite or remove a file that no plan wrote", () => {
  const directory = temporaryDirectory();
  writeFileSync(path.join(directory, "mine.yaml"), "mine");
  write(directory, { "ours.yaml": "1" });
  assert.throws(() => write(directory, { "mine.yaml": "x", "other.yaml": "2" }), /would lose files[\s\S]*mine\.yaml/);
  assert.equal(readFileSync(path.join(directory, "mine.yaml"), "utf8"), "mine");
  assert.ok(!existsSync(path.join(directory, "other.yaml")));
  write(directory, {});
  assert.deepEqual(readdirSync(directory).sort(), [".meshfence-plan.json", "mine.yaml"]);
});

test("refuses to overwrite a file that was changed since a plan wrote it", () => {
  const directory = temporaryDirectory();
  write(directory, { "a.yaml": "1" });
  writeFileSync(path.join(directory, "a.yaml"), "edited");
  assert.throws(() => write(directory, { "a.yaml": "2" }), /would lose files/);
  assert.throws(() => write(directory, {}), /would lose files/);
  assert.equal(readFileSync(path.join(directory, "a.yaml"), "utf8"), "edited");
});

test("writes nothing through a link or outside the directory", () => {
  const [directory, elsewhere] = [temporaryDirectory(), temporaryDirectory()];
  symlinkSync(elsewhere, path.join(directory, "linked"));
  assert.throws(() => write(directory, { "linked/a.yaml": "1" }), /would lose files/);
  assert.deepEqual(readdirSync(elsewhere), []);
  const forged = temporaryDirectory();
  writeFileSync(path.join(forged, ".meshfence-plan.json"), JSON.stringify({ "../victim": "0" }));
  assert.throws(() => write(forged, {}), /is damaged/);
});

test("refuses a file in place of the directory", () => {
  const file = path.join(temporaryDirectory(), "file");
  writeFileSync(file, "");
  assert.throws(() => write(file, {}), /is not a directory/);
  mkdirSync(`${file}.d`);
  write(`${file}.d`, {});
});
