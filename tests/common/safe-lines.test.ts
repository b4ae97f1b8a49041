import assert from "node:assert/strict";
import { test } from "node:test";
import { SafeLines } from "../../lib/common/safe-lines";

test("makes a program's output safe, wherever it is split into chunks", () => {
  const said = "é fine\n::error::stop\n\u001b]8;;https://x\u0007link\n##[warning]w\n\u009b2J end";
  const bytes = Buffer.from(said);
  const shown = (step: number) => {
    let text = "";
    const lines = new SafeLines((more) => {
      text += more;
    });
    for (let at = 0; at < bytes.length; at += step) lines.add(bytes.subarray(at, at + step));
    lines.end();
    return text;
  };
  const whole = "é fine\n\\u003a:error::stop\n\\u001b]8;;https://x\\u0007link\n\\u0023#[warning]w\n\\u009b2J end\n";
  for (const step of [1, 2, 3, 7, bytes.length]) assert.equal(shown(step), whole, `in pieces of ${step}`);
});
