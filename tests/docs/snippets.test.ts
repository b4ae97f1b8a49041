import assert from "node:assert/strict";
import { test } from "node:test";
import { sandboxConfiguration } from "../../lib/components/sandbox/settings";
import { readYaml } from "../../lib/input/manifests/yaml";
import { markdownFiles } from "./markdown";
import { snippets, withoutExample, written } from "./snippets";

test("`npm run check` compiles the documents' TypeScript as it is now", () => {
  const [compiled, current] = [written(), snippets()];
  assert.ok(current.size > 10, `${current.size} snippets`);
  assert.deepEqual([...compiled.keys()].sort(), [...current.keys()].sort(), "run `npm run check` first");
  for (const [name, text] of current) assert.equal(compiled.get(name), text, `${name}: run \`npm run check\` first`);
});

test("every exported class, function and set of constructors has an example, which `npm run check` compiles", () => {
  assert.deepEqual(withoutExample(), []);
});

test("the sandbox accepts the configuration shown in the documents", () => {
  const configurations = markdownFiles().flatMap(({ name, blocks }) =>
    blocks
      .filter(({ language, text }) => language === "yaml" && /^config:/.test(text))
      .map((block) => ({ name, ...block })),
  );
  assert.ok(configurations.length > 0);
  for (const { name, line, text } of configurations) {
    const { documents, problems } = readYaml(text, `${name}:${line}`);
    assert.deepEqual(problems, []);
    const { config } = (documents[0]?.value ?? {}) as { config: { [key: string]: unknown } };
    const raw = Object.entries(config).map(([key, value]) => [
      key,
      typeof value === "string" ? value : JSON.stringify(value),
    ]);
    assert.doesNotThrow(() => sandboxConfiguration("meshfence", Object.fromEntries(raw)), `${name}:${line}`);
  }
});
