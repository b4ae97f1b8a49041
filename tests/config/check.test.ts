import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ConfigurationError, checkConfiguration } from "../../lib/config/check";
import { choice, flag, integer, list, object, text } from "../../lib/config/setting";

const settings = {
  clusterName: text("meshfence", "name", (value) => (value === "" ? "is empty: give a name" : undefined)),
  nodes: integer(1, "nodes", { min: 1, max: 9 }),
  viz: flag(true, "viz"),
  transportMode: choice(["transparent", "transport-header"], "transparent", "mode"),
  images: list("images", (value) => (value.includes(" ") ? `"${value}" has white space` : undefined)),
  values: object("values"),
};
const check = (raw: Record<string, unknown>) => checkConfiguration("fence", settings, raw);
const problems = (raw: Record<string, unknown>) => {
  try {
    check(raw);
  } catch (error) {
    assert.ok(error instanceof ConfigurationError, String(error));
    return error.problems;
  }
  return [];
};

test("nothing configured gives every default", () => {
  assert.deepEqual(check({}), {
    clusterName: "meshfence",
    nodes: 1,
    viz: true,
    transportMode: "transparent",
    images: [],
    values: {},
  });
});

test("reads what the engine hands over: text, lists and objects as JSON", () => {
  const values = check({
    "fence:nodes": "3",
    "fence:viz": "false",
    "fence:images": '["a:1","b:2"]',
    "fence:values": '{"debug":{"enabled":true}}',
  });
  assert.deepEqual(
    [values.nodes, values.viz, values.images, values.values],
    [3, false, ["a:1", "b:2"], { debug: { enabled: true } }],
  );
});

test("an unknown key names the nearest known one, and how to remove it", () => {
  assert.deepEqual(problems({ "fence:clustername": "x" }), [
    'fence:clustername is unknown: did you mean "clusterName"? Rename it, or remove it with: pulumi config rm clustername',
  ]);
});

test("an unknown key far from every known one lists them", () => {
  assert.match(
    problems({ "fence:flavour": "x" })[0] ?? "",
    /pulumi config rm flavour\. Known keys: clusterName, images, nodes/,
  );
});

test("leaves the keys of other namespaces alone", () => {
  assert.deepEqual(problems({ "kubernetes:context": "kind", "pulumi:tags": "{}" }), []);
});

test("names all problems at once, each where it is", () => {
  const found = problems({
    "fence:clusterName": "",
    "fence:nodes": "ten",
    "fence:viz": "yes",
    "fence:transportMode": "transparant",
    "fence:images": '["a:1","b 2"]',
    "fence:values": "[]",
    "fence:nodez": "1",
  });
  assert.deepEqual(found, [
    'fence:nodez is unknown: did you mean "nodes"? Rename it, or remove it with: pulumi config rm nodez',
    "fence:clusterName is empty: give a name",
    'fence:nodes must be a whole number from 1 to 9, not "ten"',
    'fence:viz must be true or false, not "yes"',
    'fence:transportMode is "transparant": choose "transparent" or "transport-header"',
    'fence:images[1] "b 2" has white space',
    'fence:values must be an object, not "[]"',
  ]);
});

test("what holds between settings is checked once each alone is fine", () => {
  const together = () => ["fence:nodes and fence:viz exclude each other"];
  assert.throws(() => checkConfiguration("fence", settings, {}, together), /a problem; nothing was created\n.*exclude/);
  assert.throws(
    () => checkConfiguration("fence", settings, { "fence:viz": "?" }, together),
    ({ message }: Error) => !message.includes("exclude"),
  );
});

test("any configuration whatever is read or refused with a ConfigurationError", () => {
  const key = fc.oneof(fc.constantFrom(...Object.keys(settings)), fc.string());
  const raw = fc.dictionary(
    key.map((name) => `fence:${name}`),
    fc.oneof(fc.string(), fc.json(), fc.anything()),
  );
  fc.assert(
    fc.property(raw, (given) => {
      problems(given);
    }),
  );
});
