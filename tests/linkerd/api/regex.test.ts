import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { compileRegex, RegexError } from "../../../lib/linkerd/api/regex";

/** The answers of Rust's `regex` 1.13.2: the texts that a pattern's first match spans, or null if it refuses the pattern. */
const { texts, patterns } = JSON.parse(readFileSync(path.join(__dirname, "regex-answers.json"), "utf8")) as {
  texts: string[];
  patterns: [pattern: string, spans: string[] | null][];
};

test("regular expressions match and are refused exactly as in Rust", () => {
  for (const [pattern, spans] of patterns) {
    assert.deepEqual(answer(pattern), spans, JSON.stringify(pattern));
  }
});

test("matching takes at most the pattern's length times the text's length", () => {
  const started = performance.now();
  assert.equal(compileRegex("(a*)*(a*)*(a|aa)+$").spans(`${"a".repeat(2000)}b`), false);
  assert.ok(performance.now() - started < 1000);
});

test("refuses a pattern that would compile to too many states before it compiles it", () => {
  assert.throws(() => compileRegex("((a{1000}){1000}){1000}"), RegexError);
});

function answer(pattern: string): string[] | null {
  try {
    const regex = compileRegex(pattern);
    return texts.filter((text) => regex.spans(text));
  } catch (error) {
    if (error instanceof RegexError) return null;
    throw error;
  }
}
