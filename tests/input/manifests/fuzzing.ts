import assert from "node:assert/strict";
import fc from "fast-check";
import type { Problem } from "../../../lib/common/problem";
import { readManifests } from "../../../lib/input/manifests/read";
import { scenarioOf } from "../../../lib/input/scenario/scenario";
import { compile } from "../../../lib/reachability";

/** Runs everything, from text to verdicts. Returns the problems. */
export function evaluate(text: string): Problem[] {
  const manifests = readManifests([{ file: "fuzz.yaml", text }]);
  const policies = manifests.policies.map(({ manifest }) => manifest);
  const scenario = scenarioOf(manifests, policies);
  let count = 0;
  for (const verdict of compile(policies, scenario).verdicts()) {
    assert.equal(typeof verdict.allowed, "boolean");
    if (++count > 200) break;
  }
  for (const problem of manifests.problems) assertListed(problem, text);
  return manifests.problems;
}

export function assertListed(problem: Problem, text: string): void {
  const lines = text.split(/\r\n|\r|\n/).length;
  assert.equal(problem.file, "fuzz.yaml");
  assert.ok(problem.message.length > 0);
  assert.ok(
    problem.line !== undefined && problem.line >= 1 && problem.line <= lines,
    `line ${problem.line} of ${lines}`,
  );
}

const scalar = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.integer(),
  fc.double({ noNaN: true }),
  fc.boolean(),
  fc.constant(null),
  fc.constantFrom(
    "TCP",
    "80",
    "http",
    "10.0.0.0/8",
    "world",
    "In",
    "yes",
    "~",
    "app",
    "x".repeat(300),
    "2001:db8::/32",
    "{}",
    "*.a",
  ),
);
export const { value: anyValue } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(
      fc.oneof(
        fc.string({ maxLength: 6 }),
        fc.constantFrom("spec", "ports", "matchLabels", "__proto__", "constructor"),
      ),
      tie("value"),
      {
        maxKeys: 3,
      },
    ),
  ),
}));

/** Replaces a random part of a manifest. */
export function mutate(value: unknown, where: readonly number[], replacement: unknown, rename: boolean): unknown {
  const [first, ...rest] = where;
  if (first === undefined || typeof value !== "object" || value === null) return replacement;
  if (Array.isArray(value)) {
    if (value.length === 0) return replacement;
    const at = first % value.length;
    return value.map((item, index) => (index === at ? mutate(item, rest, replacement, rename) : item));
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return replacement;
  const at = first % entries.length;
  return Object.fromEntries(
    entries.map(([key, item], index) => {
      if (index !== at) return [key, item];
      return rename && rest.length === 0 ? [`${key}x`, item] : [key, mutate(item, rest, replacement, rename)];
    }),
  );
}
