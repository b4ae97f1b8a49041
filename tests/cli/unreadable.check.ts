import assert from "node:assert/strict";
import { test } from "node:test";
import { all, problemsOf, ways } from "./unreadable";

for (const way of Object.keys(ways))
  test(`no command exits with 0 or 1 if its input was not read whole: ${way}`, async () => {
    const wrong = [];
    for (const name of all) wrong.push(...(await problemsOf(way, name)));
    assert.deepEqual(wrong, []);
  });
