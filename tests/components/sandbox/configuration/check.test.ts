import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatPath, formatProblem, ProblemError } from "../../../../lib/common/problem";
import { checkConfiguration } from "../../../../lib/components/sandbox/configuration/check";
import { group } from "../../../../lib/components/sandbox/configuration/group";
import {
  choice,
  dictionary,
  flag,
  integer,
  integers,
  list,
  object,
  text,
} from "../../../../lib/components/sandbox/configuration/setting";

const settings = {
  clusterName: text("meshfence", "name", (where, value) =>
    value === "" ? [{ code: "empty", path: where, message: "it is empty", fix: "give a name" }] : [],
  ),
  nodes: integer(1, "nodes", { min: 1, max: 9 }),
  viz: flag(true, "viz"),
  transportMode: choice(["transparent", "transport-header"], "transparent", "mode"),
  ports: integers("ports", [80], { min: 1, max: 65535 }),
  images: list("images", [], (where, value) =>
    value.includes(" ")
      ? [{ code: "space", path: where, message: `"${value}" has white space`, fix: "remove it" }]
      : [],
  ),
  values: object("values"),
  mirrors: dictionary("mirrors"),
  charts: group("charts", { folder: text("", "folder"), digests: flag(true, "digests") }),
};
const check = (raw: Record<string, unknown>) => checkConfiguration("fence", settings, raw);
const problems = (raw: Record<string, unknown>) => {
  try {
    check(raw);
  } catch (error) {
    assert.ok(error instanceof ProblemError, String(error));
    return error.problems.map(formatProblem);
  }
  return [];
};

test("an empty configuration gives every default", () => {
  assert.deepEqual(check({}), {
    clusterName: "meshfence",
    nodes: 1,
    viz: true,
    transportMode: "transparent",
    ports: [80],
    images: [],
    values: {},
    mirrors: {},
    charts: {},
  });
});

test("reads what the engine passes: text, with lists and objects as JSON", () => {
  const values = check({
    "fence:nodes": "3",
    "fence:viz": "false",
    "fence:images": '["a:1","b:2"]',
    "fence:ports": "[9898,9797]",
    "fence:values": '{"debug":{"enabled":true}}',
  });
  assert.deepEqual(
    [values.nodes, values.viz, values.images, values.ports, values.values],
    [3, false, ["a:1", "b:2"], [9898, 9797], { debug: { enabled: true } }],
  );
});

test("omitted members of a group stay undefined, so that the component's default applies", () => {
  assert.deepEqual(check({ "fence:charts": '{"digests":false}' }).charts, { digests: false });
});

test("an unknown key names the nearest known one, in a group too", () => {
  assert.deepEqual(problems({ "fence:clustername": "x", "fence:charts": '{"foldr":"x"}' }), [
    'fence:clustername: there is no such key; did you mean "clusterName"?',
    'fence:charts.foldr: there is no such key; did you mean "folder"?',
  ]);
});

test("an unknown key far from every known one lists them", () => {
  assert.match(
    problems({ "fence:flavour": "x" })[0] ?? "",
    /remove it; there are charts, clusterName, images, mirrors, nodes/,
  );
});

test("leaves the keys of other namespaces alone", () => {
  assert.deepEqual(problems({ "kubernetes:context": "kind", "pulumi:tags": "{}" }), []);
});

test("reports all problems at once, each with its place", () => {
  const found = problems({
    "fence:clusterName": "",
    "fence:nodes": "ten",
    "fence:viz": "yes",
    "fence:transportMode": "transparant",
    "fence:images": '["a:1","b 2",3]',
    "fence:values": "[]",
    "fence:mirrors": '{"quay.io":1}',
    "fence:charts": "folder",
    "fence:nodez": "1",
  });
  assert.deepEqual(found, [
    'fence:nodez: there is no such key; did you mean "nodes"?',
    "fence:clusterName: it is empty; give a name",
    'fence:nodes: "ten" is out of range or not a whole number; use a whole number, from 1 to 9',
    'fence:viz: "yes" is neither true nor false; use true or false',
    'fence:transportMode: "transparant" is not one of the choices; choose "transparent" or "transport-header"',
    'fence:images[1]: "b 2" has white space; remove it',
    "fence:images[2]: 3 is not a text; put it in quotes",
    'fence:values: "[]" is not an object; write it as JSON, e.g. {"key": "value"}, or set one member with --path',
    'fence:mirrors["quay.io"]: 1 is not a text; put it in quotes',
    'fence:charts: "folder" is not an object; set its members with --path',
  ]);
});

test("reports problems of the whole configuration together with those of each setting", () => {
  const seen: unknown[] = [];
  const together = (values: { clusterName: string; nodes: number; charts: object }) => {
    seen.push([values.clusterName, values.nodes, values.charts]);
    return [
      { code: "a", path: ["fence:clusterName"], message: "is taken", fix: "choose another" },
      { code: "b", path: ["fence:charts", "folder"], related: [["fence:nodes"]], message: "excludes a node" },
      { code: "c", path: ["fence:charts", "digests"], related: [["fence:images"]], message: "needs images" },
    ];
  };
  const told = (raw: Record<string, unknown>) => {
    try {
      checkConfiguration("fence", settings, raw, together);
    } catch (error) {
      assert.ok(error instanceof ProblemError, String(error));
      return error.problems.map(({ path = [] }) => formatPath(path));
    }
    return [];
  };
  const semantic = ["fence:clusterName", "fence:charts.folder", "fence:charts.digests"];
  assert.deepEqual(told({}), semantic);
  assert.deepEqual(told({ "fence:vis": "?" }), ["fence:vis", ...semantic], "an unknown key has no default to speak of");
  // An unreadable setting has its default, so problems with that are not reported.
  assert.deepEqual(told({ "fence:clusterName": "mine", "fence:nodes": "ten" }), [
    "fence:nodes",
    "fence:clusterName",
    "fence:charts.digests",
  ]);
  // The other members of a group are checked.
  assert.deepEqual(told({ "fence:charts": '{"folder":"x","digests":3}' }), [
    "fence:charts.digests",
    "fence:clusterName",
    "fence:charts.folder",
  ]);
  assert.deepEqual(seen.slice(-2), [
    ["mine", 1, {}],
    ["meshfence", 1, { folder: "x" }],
  ]);
});

test("reads any configuration, or refuses it with a ProblemError", () => {
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
