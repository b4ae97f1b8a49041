import assert from "node:assert/strict";
import { test } from "node:test";
import { renderedObjects } from "../../../lib/input/helm/rendered-objects";

const object = (kind: string, name: string, rest: string) =>
  `---\n# Source: some/template.yaml\napiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n${rest}\n`;
const base64 = (text: string) => Buffer.from(text).toString("base64");
const only = (once: string, again = once) => [...renderedObjects(once, again).values()].join("");

test("each object is a file named after it; empty documents are none", () => {
  const manifests = [
    object("ConfigMap", "a", "  namespace: one"),
    object("ConfigMap", "a", "  namespace: two"),
    "---\n# Source: a template whose condition does not hold\n",
    object("ClusterRole", "system:a/b", ""),
    object("ClusterRole", "system:a/b", ""),
  ].join("");
  assert.deepEqual(
    [...renderedObjects(manifests, manifests).keys()],
    ["configmap-one-a.yaml", "configmap-two-a.yaml", "clusterrole-system_a_b.yaml", "clusterrole-system_a_b-2.yaml"],
  );
});

test("values that the input determines stay as rendered, with comments and long lines", () => {
  const long = `  text: ${"word ".repeat(40)}end`;
  const manifests = object("ConfigMap", "a", `data:\n  # why\n${long}\n  list: "1,2"`);
  assert.equal(only(manifests), manifests.replace("---\n", "").replace(/\n+$/, "\n"));
});

test("only values that differ between two renderings are marked as generated", () => {
  const rendering = (random: string, port: number) =>
    object(
      "ConfigMap",
      "a",
      [
        "data:",
        `  password: ${random}`,
        `  file: |\n    first: 1\n    key: ${random}\n    last: 2`,
        `  port: ${port}`,
        "  kept: here",
        `  image: repository:${random}`,
      ].join("\n"),
    );
  const text = only(rendering("aB3", 1), rendering("xY9", 2));
  assert.match(text, /password: "\[generated\]"/);
  assert.match(text, /file: \|\n {4}first: 1\n {4}key: \[generated\]\n {4}last: 2\n/);
  assert.match(text, /port: "\[generated\]"/);
  assert.match(text, /kept: here/);
  assert.match(text, /image: repository:\[generated\]/);
  assert.equal(text, only(rendering("Q", 3), rendering("R", 4)), "whatever was made up, the text is the same");
});

test("lists and mappings of a generated length are marked as a whole", () => {
  const rendering = (list: string, map: string) => object("ConfigMap", "a", `data:\n  list: ${list}\n  map: ${map}`);
  const text = only(rendering("[a, b]", "{ x1: 1 }"), rendering("[a]", "{ x2: 1 }"));
  assert.match(text, /list: "\[generated\]"\n {2}map: "\[generated\]"/);
});

test("an object with a generated name is recognized, and keeps the constant part of its name", () => {
  const rendering = (random: string) =>
    object("Job", `prepare-${random}`, "spec:\n  parallelism: 1") + object("Job", "fixed", "spec:\n  parallelism: 2");
  const objects = renderedObjects(rendering("x7f3a"), rendering("b2k9q"));
  assert.deepEqual([...objects.keys()], ["job-prepare-_generated_.yaml", "job-fixed.yaml"]);
  assert.match(
    objects.get("job-prepare-_generated_.yaml") ?? "",
    /name: prepare-\[generated\]\nspec:\n {2}parallelism: 1/,
  );
  assert.match(objects.get("job-fixed.yaml") ?? "", /parallelism: 2/);
});

test("a Secret's data is never shown, not even inside a list", () => {
  const data = `data:\n  tls.key: ${base64("a key")}\nstringData:\n  word: hush`;
  const list = `---\napiVersion: v1\nkind: List\nitems:\n  - kind: Secret\n    data:\n      tls.key: ${base64("a key")}\n`;
  const text = only(object("Secret", "a", data) + list);
  assert.doesNotMatch(text, new RegExp(`${base64("a key")}|hush`));
  assert.equal(text.match(/tls\.key: "\[secret\]"/g)?.length, 2, text);
  assert.match(text, /word: "\[secret\]"/);
});

test("a plan's placeholder that a chart encodes stays readable", () => {
  const known = "[known after trust-anchor, authority]";
  const text = only(
    object("Webhook", "a", `caBundle: ${base64(known)}\nother: ${base64("[mine]")}\nnewline: ${base64(`${known}\n`)}`),
  );
  assert.match(text, /caBundle: "\[known after trust-anchor, authority\]"/);
  assert.match(text, /newline: "\[known after trust-anchor, authority\]"/);
  assert.match(text, new RegExp(`other: ${base64("[mine]")}`));
});
