import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, test } from "node:test";
import { temporaryDirectory } from "../plan/fixture";
import { posix } from "../support/ended-early";
import {
  assertAllLost,
  closedAfter,
  closedAtOnce,
  everyCommand,
  full,
  inFormats,
  intoFull,
  isFull,
  muchToSay,
} from "./lost-output";

const main = path.join(__dirname, "..", "..", "dist", "cli", "main.js");
const all = everyCommand();
after(async () => (await all).close());

test("no command reports success if nobody reads its answer, in any format", posix, async () =>
  assertAllLost(inFormats((await all).commands, true), closedAtOnce),
);

test("no command reports success if a full disk lost its answer, in any format", full, async () =>
  assertAllLost(inFormats((await all).commands, true), intoFull, isFull),
);

test("a closed error stream is not reported as a bug", posix, async () => {
  const child = spawn(process.execPath, [main, "reach", "nowhere.yaml"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stderr.destroy();
  assert.deepEqual(await once(child, "exit"), [2, null]);
});

const much = muchToSay();
const nothing = path.join(temporaryDirectory(), "nothing.yaml");
writeFileSync(nothing, "apiVersion: v1\nkind: List\nitems: []\n");
for (const bytes of [1, 65_536])
  test(`no long format reports success if only ${bytes} bytes of it were read`, posix, () =>
    assertAllLost(
      inFormats(
        [
          { name: "reach", args: ["reach", much], formats: ["jsonl", "json", "html"] },
          { name: "diff", args: ["diff", much, nothing], formats: ["json", "html"] },
          { name: "lint", args: ["lint", much], formats: ["sarif"] },
        ],
        true,
      ),
      (one) => closedAfter(bytes, one),
    ),
  );
