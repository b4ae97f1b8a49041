import assert from "node:assert/strict";
import { mock, test } from "node:test";
import fc from "fast-check";
import { fqdnExpression, patternTakes, qualified } from "../../../lib/cilium/api/fqdn";
import { FqdnPatterns, fqdnLabels } from "../../../lib/cilium/api/fqdn-patterns";
import { runs } from "../../support/runs";

const piece = fc.constantFrom("a", "b", "ab", "A", "*", "**", "a*", "*b", "a*b", "a**b", "x-1", "");
const pattern = fc.oneof(
  fc.array(piece, { minLength: 1, maxLength: 4 }).map((pieces) => pieces.join(".")),
  fc.constantFrom("*", "**", "**.", "*.", "", ".", "**.a", "**.a.b.", "a.**.b", "no (pattern)", "a b"),
);
const name = fc
  .array(fc.constantFrom("a", "b", "ab", "aab", "B", "x-1", "any"), { minLength: 0, maxLength: 4 })
  .chain((pieces) => fc.constantFrom(pieces.join("."), `${pieces.join(".")}.`));

test("the index finds the same patterns for a name as trying them one by one, in the same order", () => {
  fc.assert(
    fc.property(fc.array(pattern, { maxLength: 10 }), name, (patterns, asked) => {
      const matching = patterns.filter((one) => fqdnExpression(one).test(qualified(asked)));
      assert.deepEqual(new FqdnPatterns(patterns).matching(asked), matching);
      const keys = fqdnLabels(asked, patterns).map(({ key }) => key);
      assert.deepEqual(keys, asked === "" ? [] : matching);
    }),
    { numRuns: runs(3_000) },
  );
});

test("nameOnlyOf finds a name that no narrower pattern matches", () => {
  const patterns = ["*.example.com", "any.example.com", "**.example.com", "other.test"];
  const all = new FqdnPatterns(patterns);
  assert.equal(all.nameOnlyOf({ matchPattern: "*.example.com" }), "any-1.example.com");
  assert.equal(all.nameOnlyOf({ matchName: "any.example.com" }), "any.example.com");
  for (const matchPattern of patterns) {
    const matching = all.matching(all.nameOnlyOf({ matchPattern }));
    assert.ok(matching.every((one) => patternTakes({ matchPattern: one }, { matchPattern })));
  }
});

test("the number of tries grows linearly with the number of patterns", () => {
  const tried = (n: number) => {
    const patterns = Array.from({ length: n }, (_, index) => `*.n${index}.example.com`);
    const all = new FqdnPatterns(patterns);
    const exec = mock.method(RegExp.prototype, "test");
    try {
      for (const matchPattern of patterns) all.nameOnlyOf({ matchPattern });
      return exec.mock.callCount();
    } finally {
      exec.mock.restore();
    }
  };
  const [few, many] = [tried(50), tried(200)];
  assert.ok(few > 0 && many <= 5 * few, `${few} tests for 50 patterns, ${many} for 200`);
});
