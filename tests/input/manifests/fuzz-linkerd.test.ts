import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import fc from "fast-check";
import { parseAllDocuments, stringify } from "yaml";
import { readManifests } from "../../../lib/input/manifests/read";
import { compileRegex, RegexError } from "../../../lib/linkerd/api/regex";
import { anyProject, lintManifests } from "../../../lib/lint/lint-manifests";
import { evaluate } from "../../../lib/manifests/evaluate";
import { runs } from "../../support/runs";
import { anyValue, assertListed, mutate } from "./fuzzing";

const corpus = (name: string) =>
  parseAllDocuments(readFileSync(path.join(__dirname, "fuzz-corpus", name), "utf8")).map(
    (document) => document.toJS() as object,
  );

/** Runs everything, from text to verdicts and findings. */
function judge(text: string): ReturnType<typeof evaluate> {
  const evaluated = evaluate(readManifests([{ file: "fuzz.yaml", text }]));
  for (const problem of evaluated.problems) assertListed(problem, text);
  let count = 0;
  for (const { verdict } of evaluated.reachability.answers()) {
    assert.equal(typeof verdict.allowed, "boolean");
    if (++count > 200) break;
  }
  lintManifests(evaluated, anyProject);
  return evaluated;
}

const written = (documents: readonly unknown[]) => documents.map((document) => stringify(document)).join("---\n");

for (const name of ["linkerd.yaml", "selectors.yaml"]) {
  const documents = corpus(name);

  test(`${name} is valid as it is`, () => {
    assert.deepEqual(judge(written(documents)).problems, []);
  });

  test(`${name} with any change gives problems and never an exception`, () => {
    const place = fc.array(fc.nat(20), { minLength: 1, maxLength: 9 });
    const hostile = fc.oneof(
      anyValue,
      fc.constantFrom(
        "(",
        "(?i",
        "[[:x:]]",
        "a{99999}",
        "\\",
        "*",
        "*.*",
        "/",
        "",
        "::",
        "256.0.0.0/8",
        -1,
        1e300,
        "k8s:",
        ":",
        "any:",
        "reserved:",
      ),
    );
    fc.assert(
      fc.property(fc.nat(documents.length - 1), place, hostile, fc.boolean(), (which, where, replacement, rename) => {
        judge(written(documents.map((one, at) => (at === which ? mutate(one, where, replacement, rename) : one))));
      }),
      { numRuns: runs(300) },
    );
  });

  test(`${name} with parts removed, duplicated or reordered never throws`, () => {
    fc.assert(
      fc.property(fc.array(fc.nat(documents.length - 1), { maxLength: documents.length + 3 }), (order) => {
        judge(written(order.map((which) => documents[which])));
      }),
      { numRuns: runs(100) },
    );
  });
}

/** An expression with the same meaning in JavaScript and Rust: without repeated empty groups, and with classes of letters only. */
const { expression } = fc.letrec<{ expression: string; item: string; solid: string }>((tie) => ({
  expression: fc
    .array(fc.array(tie("item"), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
    .map((branches) => branches.map((items) => items.join("")).join("|")),
  item: fc.oneof(
    { maxDepth: 4 },
    tie("solid"),
    fc
      .tuple(tie("solid"), fc.constantFrom("*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,1}", "{1,}"))
      .map((parts) => parts.join("")),
    fc.constantFrom("^", "$"),
  ),
  solid: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom("a", "b", "/", ".", "[ab]", "[^a]", "[a-b/]", "\\.", "\\/"),
    fc
      .array(fc.array(tie("solid"), { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 3 })
      .map((branches) => `(?:${branches.map((items) => items.join("")).join("|")})`),
  ),
}));

test("regular expressions of routes match like JavaScript's where both have the same syntax", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "/", "."), maxLength: 8 });
  fc.assert(
    fc.property(expression, text, (pattern, given) => {
      const [found] = new RegExp(pattern).exec(given) ?? [];
      assert.equal(compileRegex(pattern).spans(given), found === given, `${pattern} of ${given}`);
    }),
    { numRuns: runs(3000) },
  );
});

test("anything in place of a regular expression is refused in words or evaluated quickly", () => {
  const sign = fc.constantFrom(
    ..."ab/.*+?|()[]{}^$\\-,:<>=!#&~1290ix \u00e9\ud83d\ude00",
    "(?",
    "[[:alpha:]]",
    "\\p{L}",
    "\\d",
    "\\b",
    "{9999}",
  );
  fc.assert(
    fc.property(fc.array(sign, { maxLength: 30 }), fc.string({ unit: "grapheme", maxLength: 200 }), (signs, text) => {
      const begun = performance.now();
      try {
        assert.equal(typeof compileRegex(signs.join("")).spans(text), "boolean");
      } catch (error) {
        if (!(error instanceof RegexError)) throw error;
      }
      assert.ok(performance.now() - begun < 5_000, `${signs.join("")} took too long`);
    }),
    { numRuns: runs(1000) },
  );
});

test("an equivalent selector selects the same pods", () => {
  const [key, value] = [
    fc.constantFrom("app", "k8s:app", "any:app", "gone", "a.b/c"),
    fc.constantFrom("web", "", "db"),
  ];
  const pods = corpus("selectors.yaml").slice(0, 2);
  const policy = (endpointSelector: object) => ({
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: { name: "a", namespace: "shop" },
    spec: { endpointSelector, ingress: [{}] },
  });
  const selects = (selector: object) => {
    const { reachability, problems } = judge(written([...pods, policy(selector)]));
    assert.deepEqual(problems, []);
    return [...reachability.answers()].map(({ from, verdict }) => [from, verdict]);
  };
  fc.assert(
    fc.property(key, value, (one, other) => {
      const expressions = (...matchExpressions: object[]) => ({ matchExpressions });
      const isIn = { key: one, operator: "In", values: [other] };
      const same = [
        { matchLabels: { [one]: other } },
        expressions(isIn),
        expressions(isIn, isIn),
        expressions(isIn, { key: one, operator: "Exists" }),
        { matchLabels: { [one]: other }, ...expressions({ key: "nowhere", operator: "DoesNotExist" }) },
      ].map(selects);
      for (const answer of same) assert.deepEqual(answer, same[0]);
    }),
    { numRuns: runs(60) },
  );
});
