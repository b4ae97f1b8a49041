import { after, test } from "node:test";
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

const all = everyCommand();
after(async () => (await all).close());

test("no command takes an answer that nobody reads for one, in no format", posix, async () =>
  assertAllLost(inFormats((await all).commands, true), closedAtOnce),
);

test("no command takes an answer that a full disk did not take for one, in no format", full, async () =>
  assertAllLost(inFormats((await all).commands, true), intoFull, isFull),
);

const much = muchToSay();
for (const bytes of [1, 65_536])
  test(`no long format of which ${bytes} bytes were read is said to be given`, posix, () =>
    assertAllLost(
      inFormats(
        [
          { name: "reach", args: ["reach", much], formats: ["jsonl", "json", "html"] },
          { name: "diff", args: ["diff", much, "/dev/null"], formats: ["json", "html"] },
        ],
        true,
      ),
      (one) => closedAfter(bytes, one),
    ),
  );
