import assert from "node:assert/strict";
import { test } from "node:test";
import { BadAssignment, setAtPath, setParameters, setValues } from "../../lib/common/set-values";

test("sets values like `helm --set`", () => {
  const cases: [string, unknown][] = [
    ["a=1,b.c=true,d=0x1,e=007,f=-3,g=null", { a: 1, b: { c: true }, d: "0x1", e: "007", f: -3, g: null }],
    ["a[1].b=x,a[0]=y", { a: ["y", { b: "x" }] }],
    ["a={x,2,y z},b={}", { a: ["x", 2, "y z"], b: [] }],
    ["a\\.b/c=d\\,e", { "a.b/c": "d,e" }],
    ["a=b=c", { a: "b=c" }],
    ["a=", { a: "" }],
  ];
  for (const [text, values] of cases) assert.deepEqual(setValues({}, text), values, text);
  assert.deepEqual(setValues({ a: { b: 1 }, l: [1, 2] }, "a.c=2,l[1]=3"), { a: { b: 1, c: 2 }, l: [1, 3] });
  assert.deepEqual(setValues({}, "a=1,b=true", true), { a: "1", b: "true" });
  for (const refused of ["a", "a,b=1", "=1", "a[x]=1", "a[999999]=1", "a={x", "__proto__.a=1"])
    assert.throws(() => setValues({}, refused), BadAssignment, refused);
});

test("does not mutate the given values", () => {
  const before = { a: { b: 1 } };
  setValues(before, "a.b=2");
  assert.deepEqual(before, { a: { b: 1 } });
});

test("Flux's targetPath parses text like `--set`, unless it is quoted or literal", () => {
  assert.deepEqual(setAtPath({}, "a[0].b", "1", false), { a: [{ b: 1 }] });
  assert.deepEqual(setAtPath({}, "a", '"1"', false), { a: "1" });
  assert.deepEqual(setAtPath({}, "a", "{x,y}", false), { a: ["x", "y"] });
  assert.deepEqual(setAtPath({}, "a", "{x},[\\y=1", true), { a: "{x},[\\y=1" });
});

test("in Argo CD's parameters, commas separate only list items, and forced strings are set last", () => {
  const parameters = [
    { name: "a", value: "x,y=1", forceString: true },
    { name: "a", value: "1" },
    { name: "l", value: "{x,y}" },
    { name: "p[1].port", value: "80" },
  ];
  assert.deepEqual(setParameters({}, parameters), { a: "x,y=1", l: ["x", "y"], p: [null, { port: 80 }] });
});
