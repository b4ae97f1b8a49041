import assert from "node:assert/strict";
import { test } from "node:test";
import { isPlaceholder, knownText, SECRET, unknownUntil } from "../../lib/common/placeholder";

test("distinguishes placeholders from values that start like one", () => {
  for (const text of [SECRET, unknownUntil([]), unknownUntil(["linkerd", "ca"])]) {
    assert.equal(isPlaceholder(text), true, text);
    assert.equal(knownText(text), undefined, text);
  }
  for (const text of ["[::1]:443", "[a-z]*", "[secret] door", "[known after"]) assert.equal(knownText(text), text);
  for (const value of ["", 7, null, undefined, {}]) assert.equal(knownText(value), undefined);
});
