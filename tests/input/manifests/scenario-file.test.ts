import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { formatProblem } from "../../../lib/common/problem";
import { readScenario } from "../../../lib/input/manifests/scenario-file";

const read = (text: string) => readScenario(text, "s.yaml");
const complaints = (text: string) => read(text).problems.map(formatProblem);

test("a valid scenario is read as it is", () => {
  const text = readFileSync(path.join(__dirname, "fixtures", "scenario.json"), "utf8");
  const { scenario, problems } = read(text);
  assert.deepEqual(problems, []);
  assert.deepEqual(scenario, JSON.parse(text));
});

test("in an invalid scenario, all problems are listed with their lines, and the rest is kept", () => {
  const { scenario, problems } = read(
    [
      "endpoints:",
      "  - {id: web, namespace: shop, lables: {app: web}}",
      "  - {id: db, namespace: shop}",
      "  - {id: db, namespace: data}",
      "  - {id: out, ip: 1.2.3}",
      "  - {id: node, reserved: [hots]}",
      "  - {namespace: shop}",
      "flows:",
      "  - {from: db, to: nobody, port: 1}",
      "  - {from: db, to: db, port: '80'}",
      "mesh: {transportMode: opaque}",
    ].join("\n"),
  );
  assert.deepEqual(scenario?.endpoints, []);
  assert.deepEqual(
    problems.map(({ line }) => line).sort((a, b) => (a ?? 0) - (b ?? 0)),
    [2, 4, 5, 6, 7, 9, 10, 11],
  );
});

test("invalid flows do not turn into the whole matrix", () => {
  const { scenario } = read(
    "endpoints:\n  - {id: a, namespace: n1}\n  - {id: b, namespace: n1, ports: [{port: 80}]}\nflows:\n  - {from: a, to: x, port: 1}\n",
  );
  assert.deepEqual([scenario?.endpoints, scenario?.flows], [[], []]);
});

test("an empty file, or anything else, is not a scenario", () => {
  assert.match(complaints("")[0] ?? "", /is empty/);
  assert.match(complaints("[]")[0] ?? "", /expected a mapping/);
  assert.match(complaints("endpoint: []")[0] ?? "", /did you mean "endpoints"/);
});
