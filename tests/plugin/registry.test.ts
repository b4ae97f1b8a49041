import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import manifest from "../../package.json";
import { markdownFiles, root } from "../docs/markdown";
import { registryFacts, repository } from "./registry-facts";

const read = (file: string) => readFileSync(path.join(root, file), "utf8");

test("the schema has what the Pulumi Registry shows, in agreement with package.json", () => {
  const schema = JSON.parse(read("lib/plugin/schema.json"));
  for (const [key, value] of Object.entries(registryFacts())) assert.deepEqual(schema[key], value, key);
  const { pathname } = new URL(registryFacts().logoUrl);
  assert.ok(existsSync(path.join(root, pathname.split("/main/")[1] ?? "missing")), "the logo is in the repository");
});

test("every document names the repository of package.json, at the next version", () => {
  const [, owner = ""] = /github\.com\/([^/]+)\/meshfence/.exec(repository) ?? [];
  assert.notEqual(owner, "");
  const named = markdownFiles().flatMap(({ name }) => {
    const text = read(name);
    const addresses = [...text.matchAll(/\b([\w-]+)\/meshfence\/(?:action|lib\/plugin|actions|security)/g)];
    const tags = [...text.matchAll(/(?:lib\/plugin@|meshfence\/action(?:\/comment)?@v|ref: v)([\w.-]+)/g)];
    return [
      ...addresses.map((match) => ({ name, says: match[1], right: owner })),
      ...tags.map((match) => ({ name, says: match[1], right: manifest.version })),
    ];
  });
  assert.ok(named.length > 12, `${named.length} found`);
  assert.deepEqual(
    named.filter(({ says, right }) => says !== right),
    [],
  );
});

const pages = ["docs/_index.md", "docs/installation-configuration.md"];

test("the Pulumi Registry's pages have front matter, and text for each language they offer", () => {
  for (const file of pages) {
    const front = parse(/^---\n([\s\S]*?)\n---\n/.exec(read(file))?.[1] ?? "");
    assert.deepEqual(Object.keys(front), ["title", "meta_desc", "layout"], file);
    assert.equal(front.layout, "package");
    const languages = /chooser language "([^"]+)"/.exec(read(file))?.[1]?.split(",") ?? [];
    assert.deepEqual(languages, ["typescript", "python", "go", "csharp", "java", "yaml"], file);
    const texts = [...read(file).matchAll(/choosable language (?:"([\w,]+)"|(\w+))/g)];
    assert.deepEqual(
      texts.flatMap(([, several, one]) => (several ?? one ?? "").split(",")),
      languages,
      file,
    );
  }
  const { displayName } = registryFacts();
  assert.match(read("docs/_index.md"), new RegExp(`^title: ${displayName}$`, "m"));
  assert.match(
    read("docs/installation-configuration.md"),
    new RegExp(`^title: ${displayName} Installation & Configuration$`, "m"),
  );
});

test("links from the Registry's two pages to other documents are absolute", () => {
  for (const file of pages) {
    const targets = [...read(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => target);
    assert.ok(targets.length > 0, file);
    for (const target of targets) {
      assert.match(target, /^https:/, `${file}: ${target}`);
      const [, name] = /^https:\/\/github\.com\/meshfence\/meshfence\/(?:blob|tree)\/main\/([^#]+)/.exec(target) ?? [];
      if (name !== undefined) assert.ok(existsSync(path.join(root, name)), `${file}: ${target}`);
    }
  }
});

test("the examples import each language's SDK as the installation page shows", () => {
  const rows = read("docs/installation-configuration.md")
    .split("\n")
    .filter((line) => line.startsWith("| ") && line.includes("`"))
    .map((line) => line.split("|").map((cell) => cell.trim()));
  const examples = ["typescript/index.ts", "python/__main__.py", "go/main.go", "csharp/Program.cs"];
  const programs = [...examples, "java/src/main/java/shop/App.java", "yaml/Pulumi.yaml"].map((file) =>
    read(`examples/${file}`),
  );
  assert.equal(rows.length, programs.length);
  for (const [index, cells] of rows.entries()) {
    // What of it stands in a list of imports, or with other names, in a program.
    const import_ = (cells[3] ?? "").slice(1, -1).replace(/^import (?:\{ \w+ \} |(?="))/, "");
    assert.ok(programs[index]?.includes(import_), `${cells[1]}: ${import_}`);
  }
});

test("the Registry's overview links to the installation page, which covers requirements and providers", () => {
  assert.match(read("docs/_index.md"), /\[Installation & Configuration\]\(\S+\/docs\/installation-configuration\.md\)/);
  const headings = [...read("docs/installation-configuration.md").matchAll(/^## (.+)$/gm)].map(
    ([, heading]) => heading,
  );
  assert.deepEqual(headings, ["Installation", "Prerequisites", "Configuration"]);
});
