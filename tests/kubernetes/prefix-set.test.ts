import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Prefix, parsePrefix, prefixContains } from "../../lib/kubernetes/cidr";
import { PrefixSet } from "../../lib/kubernetes/prefix-set";
import { runs } from "../support/runs";

function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  assert.ok(parsed);
  return parsed;
}

const v4 = fc
  .tuple(fc.constantFrom(10, 11, 192), fc.nat(3), fc.constantFrom(0, 1, 128), fc.nat(32))
  .map(([first, second, third, bits]) => prefix(`${first}.${second}.${third}.0/${bits}`));
const v6 = fc
  .tuple(fc.constantFrom("2001:db8::", "2001:db8:1::", "::1"), fc.nat(128))
  .map(([address, bits]) => prefix(`${address}/${bits}`));
const block = fc.oneof(v4, v6);

test("finds the same containing blocks as testing them one by one, from wide to narrow", () => {
  fc.assert(
    fc.property(fc.array(block, { maxLength: 12 }), block, fc.nat(32), (blocks, inner, longerThan) => {
      const set = new PrefixSet(blocks);
      const expected = [
        ...new Map(
          blocks
            .filter((one) => prefixContains(one, inner) && one.bits > longerThan)
            .map(({ family, address, bits }) => [bits, { family, address, bits }]),
        ).values(),
      ].sort((a, b) => a.bits - b.bits);
      assert.deepEqual([...set.containing(inner, longerThan)], expected);
      assert.equal(set.holds(inner, longerThan), expected.length > 0);
    }),
    { numRuns: runs(2_000) },
  );
});
