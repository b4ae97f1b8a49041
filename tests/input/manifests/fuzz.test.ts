import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { stringify } from "yaml";
import { readScenario } from "../../../lib/input/manifests/scenario-file";
import { compile } from "../../../lib/reachability";
import { runs } from "../../support/runs";
import { anyValue, assertListed, evaluate, mutate } from "./fuzzing";
import { policy as anyPolicy, workload as anyWorkload } from "./samples";

test("any text gives problems and never an exception", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", maxLength: 300 }), (text) => void evaluate(text)),
    { numRuns: runs(150) },
  );
});

test("text made of YAML's own characters gives problems and never an exception", () => {
  const sign = fc.constantFrom(
    "- ",
    ": ",
    "\n",
    "  ",
    "{",
    "}",
    "[",
    "]",
    "&a ",
    "*a",
    "? ",
    "|\n",
    ">-\n",
    "!!str ",
    "<<: ",
    "'",
    '"',
    "#",
    "---\n",
    "...\n",
    "%YAML 1.1\n",
    "a",
    "1",
    "\t",
    "kind: ",
    "List",
    "\u0000",
    "\ufeff",
  );
  fc.assert(
    fc.property(fc.array(sign, { maxLength: 40 }), (signs) => void evaluate(signs.join(""))),
    { numRuns: runs(250) },
  );
});

test("any value under a policy's kind gives problems and never an exception", () => {
  const document = fc.record(
    {
      apiVersion: fc.constantFrom("cilium.io/v2", "cilium.io/v2alpha1", "v1", "apps/v1"),
      kind: fc.constantFrom(
        "CiliumNetworkPolicy",
        "CiliumClusterwideNetworkPolicy",
        "Deployment",
        "Pod",
        "Namespace",
        "Service",
        "List",
        "CronJob",
      ),
      metadata: fc.oneof(
        anyValue,
        fc.record({ name: fc.constant("a"), labels: anyValue, annotations: anyValue }, { requiredKeys: ["name"] }),
      ),
      spec: anyValue,
      specs: anyValue,
      items: anyValue,
    },
    { requiredKeys: ["apiVersion", "kind"] },
  );
  fc.assert(
    fc.property(document, (value) => void evaluate(JSON.stringify(value))),
    { numRuns: runs(200) },
  );
});

test("a manifest with a single change gives problems and never an exception", () => {
  const place = fc.array(fc.nat(20), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(
      fc.oneof(anyPolicy, anyWorkload),
      place,
      anyValue,
      fc.boolean(),
      (manifest, where, replacement, rename) => {
        evaluate(stringify(mutate(manifest, where, replacement, rename)));
      },
    ),
    { numRuns: runs(200) },
  );
});

test("what the generators consider valid is valid", () => {
  fc.assert(
    fc.property(fc.oneof(anyPolicy, anyWorkload), (manifest) => {
      assert.deepEqual(
        evaluate(stringify(manifest)).map(({ message }) => message),
        [],
      );
    }),
    { numRuns: runs(80) },
  );
});

test("a misspelt field of a policy is always reported, at its own line", () => {
  fc.assert(
    fc.property(anyPolicy, fc.nat(), (manifest, pick) => {
      const text = stringify(manifest);
      const lines = text.split("\n");
      const candidates = lines.flatMap((line, index) => (/^\s+(- )?(from|to)[A-Z]\w*:/.test(line) ? [index] : []));
      fc.pre(candidates.length > 0);
      const at = candidates[pick % candidates.length] ?? 0;
      lines[at] = (lines[at] ?? "").replace(/(from|to)([A-Z]\w*):/, "$1$2q:");
      const found = evaluate(lines.join("\n")).filter(({ message }) => message.includes("no such field"));
      assert.deepEqual(
        found.map(({ line }) => line),
        [at + 1],
      );
    }),
    { numRuns: runs(80) },
  );
});

test("any content of a scenario file gives problems and never an exception", () => {
  const sample = readFileSync(path.join(__dirname, "fixtures", "scenario.json"), "utf8");
  const place = fc.array(fc.nat(20), { minLength: 1, maxLength: 5 });
  fc.assert(
    fc.property(place, anyValue, fc.boolean(), (where, replacement, rename) => {
      const text = JSON.stringify(mutate(JSON.parse(sample), where, replacement, rename));
      const { scenario, problems } = readScenario(text, "fuzz.yaml");
      for (const problem of problems) assertListed(problem, text);
      if (scenario === undefined) assert.ok(problems.length > 0, "nothing was read and nothing was said");
      else for (const verdict of compile([], scenario).verdicts()) assert.equal(typeof verdict.allowed, "boolean");
    }),
    { numRuns: runs(250) },
  );
});
