import assert from "node:assert/strict";
import { test } from "node:test";
import { goRegExp } from "../../../lib/kubernetes/schema/go-regexp";
import { duplicates } from "../../../lib/kubernetes/schema/list-types";
import { ruleFaults } from "../../../lib/kubernetes/schema/rules";
import type { Schema } from "../../../lib/kubernetes/schema/schema";
import { unknownFields, withDefaults, withoutNulls } from "../../../lib/kubernetes/schema/stored";
import { schemaFaults } from "../../../lib/kubernetes/schema/validate";

const codes = (schema: Schema, value: unknown) =>
  schemaFaults(schema, value).map(({ path, code }) => `${path.join(".")}:${code}`);

test("reports a value of another type at its path, null included", () => {
  const schema: Schema = {
    type: "object",
    properties: { text: { type: "string" }, list: { type: "array", items: { type: "boolean" } } },
  };
  assert.deepEqual(codes(schema, { text: "a", list: [true] }), []);
  assert.deepEqual(codes(schema, { text: 1, list: [null, "x"] }), ["text:type", "list.0:type", "list.1:type"]);
  assert.deepEqual(codes({ type: "string", nullable: true }, null), []);
  assert.deepEqual(codes({ intOrString: true }, 80.5), [":type"]);
  assert.deepEqual(codes({ intOrString: true }, "http"), []);
  // A whole number may be written with a fraction of zero, which JSON.parse does not keep.
  assert.deepEqual(codes({ type: "integer" }, 80.0), []);
});

test("limits numbers to the range of their format, and the length of text in code points", () => {
  assert.deepEqual(codes({ type: "integer", format: "int32" }, 2 ** 31), [":invalid"]);
  assert.deepEqual(codes({ type: "integer" }, 2 ** 64), [":invalid"]);
  assert.deepEqual(codes({ type: "integer", minimum: 1, maximum: 3 }, 4), [":invalid"]);
  assert.deepEqual(codes({ type: "string", maxLength: 2 }, "😀😀"), []);
  assert.deepEqual(codes({ type: "string", maxLength: 2 }, "abc"), [":too-long"]);
  assert.deepEqual(codes({ type: "string", minLength: 2 }, "😀"), [":invalid"]);
  assert.deepEqual(codes({ type: "array", maxItems: 0 }, [1]), [":too-many"]);
});

test("oneOf and anyOf count the options that match", () => {
  const schema: Schema = {
    type: "object",
    oneOf: [{ required: ["a"] }, { required: ["b"] }],
    not: { required: ["c"] },
  };
  assert.deepEqual(codes(schema, { a: 1 }), []);
  assert.deepEqual(codes(schema, {}), [":invalid"]);
  assert.deepEqual(codes(schema, { a: 1, b: 1 }), [":invalid"]);
  assert.deepEqual(codes(schema, { a: 1, c: 1 }), [":invalid"]);
  assert.match(schemaFaults(schema, { a: 1, b: 2 })[0]?.message ?? "", /exactly one of a, b is needed; found a, b/);
  assert.deepEqual(codes({ anyOf: [{ type: "string" }, { type: "boolean" }] }, 1), [":invalid"]);
  assert.deepEqual(codes({ allOf: [{ required: ["a"] }] }, {}), [":required"]);
});

test("checks formats as the API server does, which accepts a list for text with a format", () => {
  const cidr: Schema = { type: "string", format: "cidr" };
  for (const good of ["10.0.0.0/8", "010.0.0.1/08", "::/0", "::ffff:10.0.0.0/104", "2001:DB8::1/64"]) {
    assert.deepEqual(codes(cidr, good), [], good);
  }
  for (const bad of ["10.0.0.0", "10.0.0.0/33", "10.0.0/8", "::/129", "fe80::1%eth0/64", "", "a/8", "10.0.0.0/-1"]) {
    assert.deepEqual(codes(cidr, bad), [":type"], bad);
  }
  assert.deepEqual(codes(cidr, ["10.0.0.0/8"]), []);
  assert.deepEqual(codes({ type: "string", format: "idn-hostname" }, ["a"]), [":type"]);
  assert.deepEqual(codes({ type: "string", format: "date-time" }, "2026-02-30T00:00:00Z"), [":type"]);
  assert.deepEqual(codes({ type: "string", format: "date-time" }, "2026-02-28T23:59:59.5+01:00"), []);
  for (const good of ["10s", "1h2m", "-1.5h", "0", "3 days", "x 2 weeks"]) {
    assert.deepEqual(codes({ type: "string", format: "duration" }, good), [], good);
  }
  for (const bad of ["", "10", "s", "1 x"]) {
    assert.deepEqual(codes({ type: "string", format: "duration" }, bad), [":type"], bad);
  }
});

test("patterns have Go's syntax, and matching takes linear time", () => {
  assert.equal(goRegExp("^(?i)a\\PC$").test("Ab"), true);
  assert.equal(goRegExp("a$").test("a\n"), false);
  const began = Date.now();
  assert.equal(goRegExp("^([-a-z]+[.]?)+$").test(`${"a".repeat(50_000)}!`), false);
  assert.ok(Date.now() - began < 2000);
});

const stored: Schema = {
  type: "object",
  properties: {
    kept: { type: "string", nullable: true },
    gone: { type: "string" },
    filled: { type: "string", default: "d" },
    map: { type: "object", additionalProperties: { type: "string" } },
    open: { type: "object", preserveUnknownFields: true },
    list: { type: "array", items: { type: "object", properties: { a: { type: "string", default: "x" } } } },
  },
};

test("a create drops nulls that are not allowed and fills in defaults, also inside lists and maps", () => {
  const written = {
    kept: null,
    gone: null,
    filled: null,
    map: { a: null, b: "c" },
    open: { a: null },
    list: [null, {}],
  };
  const dropped = withoutNulls(stored, written);
  assert.deepEqual(dropped, { kept: null, filled: null, map: { b: "c" }, open: { a: null }, list: [null, {}] });
  assert.deepEqual(withDefaults(stored, dropped), {
    kept: null,
    filled: "d",
    map: { b: "c" },
    open: { a: null },
    list: [null, { a: "x" }],
  });
  assert.deepEqual(withDefaults(stored, {}), { filled: "d" });
});

test("reports unknown fields at their path, except where they are preserved", () => {
  const found = unknownFields(stored, {
    kind: "K",
    metadata: { x: 1 },
    open: { y: 1 },
    list: [{ b: 1 }],
    z: {},
    map: { m: "" },
  });
  assert.deepEqual(
    found.map(({ path }) => path),
    [["list", 0, "b"], ["z"]],
  );
  assert.deepEqual(
    unknownFields(stored, JSON.parse('{"__proto__": 1, "constructor": 2}')).map(({ path }) => path),
    [["__proto__"], ["constructor"]],
  );
});

test("list items are unique by their keys or as a whole, and each duplicate is reported once", () => {
  const byName: Schema = { type: "array", listType: "map", listMapKeys: ["name"] };
  assert.deepEqual(
    duplicates(byName, [{ name: "a" }, { name: "b" }, { name: "a", x: 1 }, { name: "a" }]).map(({ path }) => path),
    [[2]],
  );
  assert.deepEqual(duplicates(byName, [{}, {}]).length, 1);
  const set: Schema = { type: "array", listType: "set" };
  assert.equal(
    duplicates(set, [
      { a: 1, b: 2 },
      { b: 2, a: 1 },
    ]).length,
    1,
  );
  assert.equal(duplicates(set, ["1", 1]).length, 0);
});

test("a CEL rule sees the value at its path, and an error in the rule counts as a violation", () => {
  const schema = (rule: string): Schema => ({ validations: [{ rule, message: "no" }] });
  const holds = (rule: string, self: unknown) => ruleFaults(schema(rule), self).length === 0;
  assert.equal(holds("has(self.a) || has(self.b)", { b: 1 }), true);
  assert.equal(holds("has(self.a) || has(self.b)", {}), false);
  assert.equal(holds("self.all(p, p.__namespace__ == 'x')", [{ namespace: "x" }]), true);
  assert.equal(holds("self.matches(r'''^(?i)abc$''')", "ABC"), true);
  assert.equal(holds("has(self.m[0].path) && self.m[0].path == '/'", { m: [{ path: "/" }] }), true);
  assert.equal(holds("!has(self.m[0].path)", { m: [{}] }), true);
  assert.equal(holds("size(self.m) == 1", {}), false);
  assert.equal(holds("self.port == 0 || self.port > 80", { port: 81 }), true);
});
