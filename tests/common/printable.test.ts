import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { printable, safeOutput } from "../../lib/common/printable";
import { readManifests } from "../../lib/input/manifests/read";
import { showHidden } from "../../lib/input/manifests/show-hidden";
import { code, codeBlock, escapeMarkdown } from "../../lib/report/markdown";
import { runs } from "../support/runs";

const hostile = fc.oneof(
  fc.constantFrom(
    "\u001b[2J",
    "\u001b]8;;https://evil.test\u0007x",
    "\u009b1m",
    "\u202eevil",
    "\r\r# PWNED",
    "a\n```\n# x",
  ),
  fc.constantFrom(
    "\n::error file=x::pwned",
    "##[error]x",
    "@octocat",
    "https://evil.test",
    "www.evil.test",
    "<img src=x>",
    "a|b`c``d",
  ),
  fc.string({ unit: "binary" }),
);
const text = fc.array(hostile, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(""));

test("printable returns one line without hidden characters", () => {
  assert.equal(printable("web\u001b[2J\u009b\u202e\n\r\t"), "web\\x1b[2J\\x9b\\u202e\\n\\r\\t");
  assert.equal(printable("größe-☃"), "größe-☃");
  assert.equal(printable("we\u200bb\u00ad\u{e0041}"), "we\\u200bb\\xad\\u{e0041}", "no width, soft, and a tag");
  fc.assert(
    fc.property(text, (name) => {
      assert.doesNotMatch(printable(name), /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
    { numRuns: runs(200) },
  );
});

test("safeOutput keeps lines and colours, escapes commands to GitHub's runner, and keeps JSON valid", () => {
  assert.equal(safeOutput("\u001b[31mred\u001b[39m\n::1 reaches ::2\n"), "\u001b[31mred\u001b[39m\n::1 reaches ::2\n");
  assert.equal(safeOutput("\u001b]8;;x\u0007"), "\\u001b]8;;x\\u0007");
  assert.equal(safeOutput("  ::error::x\n##[group]"), "  \\u003a:error::x\n\\u0023#[group]");
  fc.assert(
    fc.property(text, (name) => {
      const output = safeOutput(`${name}\n`);
      assert.doesNotMatch(output, /^\s*::[a-z]\S*.*::/im);
      assert.ok(!output.includes("##["));
      assert.deepEqual(JSON.parse(safeOutput(JSON.stringify({ name }))), { name });
    }),
    { numRuns: runs(200) },
  );
});

test("in Markdown, a name contains no markup, link or mention", () => {
  assert.equal(code("a\r\r# x"), "a \\# x");
  assert.equal(
    escapeMarkdown("@octocat www.evil.test https://evil.test a@b a@.json"),
    "@<!-- -->octocat www<!-- -->.evil.test https:<!-- -->//evil.test a@<!-- -->b a@<!-- -->.json",
  );
  fc.assert(
    fc.property(text, (name) => {
      for (const written of [code(name), escapeMarkdown(name)]) assert.doesNotMatch(written, /[\r\n]/);
    }),
    { numRuns: runs(200) },
  );
});

test("hidden characters in the names of manifests are escaped", () => {
  const manifest = {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "web\u001b[2J\nx", namespace: "shop\u202e", annotations: { note: "two\nlines" } },
    spec: { template: { metadata: { labels: { "app\u0007": "web\u009b" } }, spec: { containers: [{ name: "c" }] } } },
  };
  const { workloads } = readManifests([{ file: "a", text: JSON.stringify(manifest) }]);
  const said = JSON.stringify(
    workloads.map(({ name, endpoint }) => [name, endpoint.id, endpoint.namespace, endpoint.labels]),
  );
  assert.match(said, /web\\\\x1b\[2J\\\\nx/);
  assert.doesNotMatch(
    JSON.parse(said)
      .flat()
      .map((part: unknown) => JSON.stringify(part))
      .join(""),
    /\\u00|\u202e|\u009b/,
  );
});

test("reports hidden characters in a document with their line, and does not change what is evaluated", () => {
  const policy = {
    apiVersion: "cilium.io/v2",
    kind: "CiliumNetworkPolicy",
    metadata: { name: "web", namespace: "shop" },
    spec: { endpointSelector: { matchLabels: { "a\u001b": "1", "a\\x1b": "2" } } },
  };
  const { problems } = readManifests([{ file: "a.json", text: JSON.stringify(policy, null, 1) }]);
  const hidden = problems.filter((problem) => problem.code === "hidden-characters");
  assert.deepEqual(
    hidden.map(({ file, line, path }) => [file, line, path]),
    [["a.json", 10, ["spec", "endpointSelector", "matchLabels"]]],
  );
  const object = structuredClone(policy);
  assert.equal(showHidden(object).length, 1);
  assert.deepEqual(object.spec.endpointSelector.matchLabels, { "a\\x1b": "2", "a\\x1b\\": "1" });
  const config = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { annotations: { a: "x\ny" } },
    data: { b: "x\u0007" },
  };
  assert.deepEqual(showHidden(structuredClone(config)), []);
  const described = { ...policy, spec: { description: "two\nlines", endpointSelector: {} } };
  assert.deepEqual(showHidden(described), []);
  const properties = { apiVersion: { type: "string", description: "two\nlines" }, metadata: { "x\n": 1 } };
  const versions = [{ name: "v1", schema: { openAPIV3Schema: { properties } } }];
  const definition = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition", spec: { versions } };
  assert.deepEqual(showHidden(definition), []);
});

test("no run of backticks ends a code block", () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom("`", "```", "\n", "x", "`````````")), (parts) => {
      const body = parts.join("");
      const [first = "", ...lines] = codeBlock(body, "text").trimEnd().split("\n");
      const fence = first.slice(0, -"text".length);
      assert.match(fence, /^`{3,}$/);
      assert.equal(lines.pop(), fence);
      assert.equal(lines.join("\n"), body);
      assert.ok(!body.includes(fence));
    }),
    { numRuns: runs(100) },
  );
});
