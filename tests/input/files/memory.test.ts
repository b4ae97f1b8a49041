import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryBudget } from "../../../lib/input/files/memory";

const million = 1_000_000;
const take = (text: string, size: number) => () => new MemoryBudget(size).take(text);

test("short items need more memory than their characters, in YAML and in JSON", () => {
  const flow = `{a: [${"1,".repeat(million / 2)}1]}`;
  assert.throws(
    take(flow, 150 * million),
    /it is 1 MiB of YAML, for which Node has not enough memory, give it as JSON, or/,
  );
  assert.throws(take(flow.replace("{a", "[a"), 150 * million), /of YAML/);
  const json = `{"a": [${"1,".repeat(million / 2)}1]}`;
  assert.doesNotThrow(take(json, 150 * million));
  assert.throws(take(json, 50 * million), /of JSON, for which Node has not enough memory, or allow it more/);
});

test("text that begins like JSON but is not JSON needs the memory of YAML", () => {
  const text = `{"a": "${"x".repeat(million)}"}`;
  assert.doesNotThrow(take(text, 50 * million));
  assert.throws(take(`${text.slice(0, -1)},}`, 50 * million), /of YAML/);
});

test("memory already used counts, so that all texts are limited together", () => {
  const budget = new MemoryBudget(100 * million);
  const text = `a: ${"x".repeat(million)}`;
  budget.take(text);
  assert.throws(() => budget.take(text), /not enough memory/);
});
