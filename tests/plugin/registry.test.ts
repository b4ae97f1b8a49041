import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import manifest from "../../package.json";
import { markdownFiles, root } from "../docs/markdown";
import { registryFacts, repository } from "./registry-facts";

const read = (file: string) => readFileSync(path.join(root, file), "utf8");

test("the schema says what the Pulumi Registry shows, and package.json says the same", () => {
  const schema = JSON.parse(read("lib/plugin/schema.json"));
  for (const [key, value] of Object.entries(registryFacts())) assert.deepEqual(schema[key], value, key);
  const { pathname } = new URL(registryFacts().logoUrl);
  assert.ok(existsSync(path.join(root, pathname.split("/main/")[1] ?? "missing")), "the logo is in the repository");
});

test("what every document calls the repository is where package.json says that it is, at the version that is to be released", () => {
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

test("the pages that the Pulumi Registry wants have their front matter and an example in each language that they choose from", () => {
  for (const file of ["docs/_index.md", "docs/installation-configuration.md"]) {
    const front = parse(/^---\n([\s\S]*?)\n---\n/.exec(read(file))?.[1] ?? "");
    assert.deepEqual(Object.keys(front), ["title", "meta_desc", "layout"], file);
    assert.equal(front.layout, "package");
  }
  const text = read("docs/_index.md");
  const languages = /chooser language "([^"]+)"/.exec(text)?.[1]?.split(",") ?? [];
  assert.deepEqual(
    [...text.matchAll(/choosable language (\w+)/g)].map(([, language]) => language),
    languages,
  );
  const yaml = /```yaml\n([\s\S]*?)```/.exec(text)?.[1] ?? "";
  const schema = JSON.parse(read("lib/plugin/schema.json"));
  const { properties } = parse(yaml).resources.fence;
  for (const property of Object.keys(properties))
    assert.ok(property in schema.resources["meshfence:index:Fence"].inputProperties, property);
  for (const edge of properties.edges)
    for (const member of Object.keys(edge))
      assert.ok(member in schema.types["meshfence:index:FenceEdge"].properties, member);
});
