import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { anchorsOf, markdownFiles, proseOf, root } from "./markdown";

test("every relative link points to a file, and every anchor to a heading", () => {
  const files = markdownFiles();
  const byName = new Map(files.map((file) => [file.name, file]));
  const broken: string[] = [];
  let links = 0;
  for (const file of files) {
    for (const [, target = ""] of proseOf(file).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^[a-z]+:/.test(target)) continue;
      links += 1;
      const [to = "", anchor] = target.split("#");
      const name = to === "" ? file.name : path.posix.join(path.posix.dirname(file.name), to);
      if (!existsSync(path.join(root, name))) broken.push(`${file.name}: ${target}`);
      else if (anchor !== undefined && !anchorsOf(byName.get(name) ?? file).has(anchor))
        broken.push(`${file.name}: ${target}`);
    }
  }
  assert.ok(links > 20, `${links} links`);
  assert.deepEqual(broken, []);
});

test("every page of docs is reachable from the README", () => {
  const readme = readFileSync(path.join(root, "README.md"), "utf8");
  const pages = markdownFiles().filter(({ name }) => name.startsWith("docs/"));
  assert.deepEqual(
    pages.map(({ name }) => name).filter((name) => !readme.includes(`(${name})`)),
    [],
  );
});

test("every folder and file that the documents mention exists", () => {
  const missing: string[] = [];
  for (const file of markdownFiles()) {
    for (const [, name = ""] of proseOf(file).matchAll(/`((?:lib|tests|stacks|sdks|docs|\.ci|\.github)\/[\w./-]+)`/g)) {
      if (!existsSync(path.join(root, name))) missing.push(`${file.name}: ${name}`);
    }
  }
  assert.deepEqual(missing, []);
});
