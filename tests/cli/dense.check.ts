import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { temporaryDirectory } from "../plan/fixture";
import { meshfence } from "../support/meshfence";

const size = 100 << 20;
const dense: Readonly<Record<string, [head: string, item: string, tail: string]>> = {
  "flow.yaml": ["{a: [", "1,", "1]}\n"],
  "block.yaml": ["a:\n", "- 1\n", ""],
  "members.json": ['{"a": [', "{},", "{}]}\n"],
  "nearly.json": ['{"a": [', "{},", "{}],}\n"],
  "items.json": ['{"apiVersion": "v1", "kind": "List", "items": [', "1,", "1]}\n"],
};

for (const [name, [head, item, tail]] of Object.entries(dense))
  test(`100 MiB of ${name}, with items as short as possible, exits with 2 and explains why`, () => {
    const folder = temporaryDirectory();
    writeFileSync(path.join(folder, name), head + item.repeat(size / item.length) + tail);
    const begun = Date.now();
    const { status, stderr } = meshfence(["reach", name], { cwd: folder });
    assert.equal(status, 2, stderr.slice(-500));
    assert.match(stderr, new RegExp(`^${name}: cannot be read: it is \\d+ MiB of (YAML|JSON)`, "m"));
    assert.ok(Date.now() - begun < 60_000);
  });
