import assert from "node:assert/strict";
import { test } from "node:test";
import { formatPath } from "../../../lib/common/problem";
import { readYaml } from "../../../lib/input/manifests/yaml";

const read = (text: string) => readYaml(text, "a.yaml");
const only = (text: string) => {
  const { documents, problems } = read(text);
  assert.deepEqual(problems, []);
  assert.equal(documents.length, 1);
  const [document] = documents;
  assert.ok(document);
  return document;
};
const complaint = (text: string) => {
  const { documents, problems } = read(text);
  assert.equal(documents.length, 0);
  assert.equal(problems.length, 1);
  return problems[0];
};

test("a member is at its key, an item at its start, and a missing value at what encloses it", () => {
  const document = only("spec:\n  ingress:\n    - toPorts:\n        - ports: [{port: http}]\n    - {}\n");
  assert.deepEqual(document.position(["spec", "ingress"]), { line: 2, column: 3 });
  assert.deepEqual(document.position(["spec", "ingress", 0, "toPorts", 0, "ports", 0, "port"]), {
    line: 4,
    column: 20,
  });
  assert.deepEqual(document.position(["spec", "ingress", 1]), { line: 5, column: 7 });
  assert.deepEqual(document.position(["spec", "ingress", 1, "fromEndpoints"]), { line: 5, column: 7 });
  assert.deepEqual(document.position([]), { line: 1, column: 1 });
});

test("positions follow aliases to where the value is written", () => {
  const document = only("a: &labels\n  app: web\nb: *labels\n");
  assert.deepEqual(document.position(["b", "app"]), { line: 2, column: 3 });
});

test("scalars are what kubectl reads: YAML 1.1 booleans, but text for dates and times", () => {
  assert.deepEqual(only("{a: yes, b: off, c: 2001-01-01, d: 12:30:45, e: 0x10, f: 1_000}").value, {
    a: true,
    b: false,
    c: "2001-01-01",
    d: "12:30:45",
    e: 16,
    f: 1000,
  });
});

test("merge keys are merged", () => {
  assert.deepEqual(only("a: &x {p: 1}\nb: {<<: *x, q: 2}\n").value, { a: { p: 1 }, b: { p: 1, q: 2 } });
});

test("a merge key overrides what comes before it: of two the last one counts, and of a list the first", () => {
  const base = "x: &x {p: 1}\ny: &y {p: 2}\nz: ";
  const z = (text: string) => (only(base + text).value as { z: unknown }).z;
  assert.deepEqual(
    ["{p: 0, <<: *x}", "{<<: *x, p: 0}", "{<<: *x, <<: *y}", "{<<: [*x, *y]}", '{p: 0, "<<": *x}'].map(z),
    [{ p: 1 }, { p: 0 }, { p: 2 }, { p: 1 }, { p: 0, "<<": { p: 1 } }],
  );
  assert.deepEqual(only(`${base}{p: 0, <<: *x}`).position(["z", "p"]), { line: 1, column: 8 });
});

test("JSON values may follow each other, as in Go, and each part has its position", () => {
  const { documents, problems } = read('{"\\u0061": 1}\n {"b": {"c": 2,\n "c": 3}}');
  assert.deepEqual(problems, []);
  assert.deepEqual(
    documents.map(({ value }) => value),
    [{ a: 1 }, { b: { c: 3 } }],
  );
  assert.deepEqual(documents[1]?.position(["b", "c"]), { line: 3, column: 2 });
  assert.deepEqual(documents[1]?.position([]), { line: 2, column: 2 });
});

test("text after `...` is not read by kubectl, and is reported", () => {
  const { documents, problems } = read("a: 1\n...\nb: 2\n---\nc: 3\n");
  assert.deepEqual(
    documents.map(({ value }) => value),
    [{ a: 1 }, { c: 3 }],
  );
  assert.deepEqual(
    problems.map(({ code, line }) => [code, line]),
    [["not-read", 3]],
  );
});

test("only a comment may follow `---`; after anything else, nothing more is read", () => {
  assert.deepEqual(read("a: 1\n--- # b\nb: 2\n").problems, []);
  const { documents, problems } = read("a: 1\n--- {b: 2}\n---\nc: 3\n");
  assert.deepEqual(
    documents.map(({ value }) => value),
    [{ a: 1 }],
  );
  assert.deepEqual(
    problems.map(({ line }) => line),
    [2],
  );
});

test("within brackets, a line may begin anywhere, even with a tab, and positions stay correct", () => {
  const document = only('a:\n  b:\n    [\n\t"x", # [\n"it\'s",\n\t{c: d}\n   ]\n  e: 1\n');
  assert.deepEqual(document.value, { a: { b: ["x", "it's", { c: "d" }], e: 1 } });
  assert.deepEqual(document.position(["a", "b", 2, "c"]), { line: 6, column: 3 });
  assert.deepEqual(document.position(["a", "e"]), { line: 8, column: 3 });
});

test("line ends of YAML 1.1 are not read as text", () => {
  for (const odd of ["\u0085", "\u2028", "\u2029", "\r", "\x07"])
    assert.match(complaint(`a: 1\n# b${odd}c: 2\n`)?.message ?? "", /^holds U\+[0-9A-F]{4}/);
  assert.deepEqual(only("a: 1\r\nb: 2\r\n").value, { a: 1, b: 2 });
});

test("reads JSON, with tabs", () => {
  assert.deepEqual(only('{\n\t"a": [\n\t\t1,\n\t\t"x"\n\t]\n}\n').value, { a: [1, "x"] });
});

test("reports a broken document with its line, and reads those around it", () => {
  const { documents, problems } = read("a: 1\n---\nb: c: d\n---\ne: 2\n");
  assert.deepEqual(
    documents.map(({ value }) => value),
    [{ a: 1 }, { e: 2 }],
  );
  assert.deepEqual(
    problems.map(({ file, line }) => [file, line]),
    [["a.yaml", 3]],
  );
});

test("reports a duplicate key, and the last one counts, as in Go", () => {
  const { documents, problems } = read("a: 1\n'a': 2\n");
  assert.deepEqual([documents[0]?.value, problems.map(({ line }) => line)], [{ a: 2 }, [2]]);
  assert.match(problems[0]?.message ?? "", /unique/);
});

test("a template is a single problem, at its first braces, and is not read", () => {
  const { documents, problems } = read(
    "kind: Pod\n---\na: 1\nname: {{ .Values.name }}\nb:\n  {{- if .Values.c }}\n  c: 1\n  {{- end }}\n",
  );
  assert.deepEqual(documents, []);
  assert.deepEqual(
    problems.map(({ line, column }) => [line, column]),
    [[4, 7]],
  );
  assert.match(problems[0]?.message ?? "", /helm template/);
  assert.equal(complaint("- {{ .Values.x }}\n")?.column, 3);
  assert.equal(complaint("a:\r\n{{ include `x` }}\r\n")?.line, 2);
});

test("braces within text are not a template, and do not explain an error elsewhere", () => {
  const alert = 'summary: "{{ $labels.pod }} restarts"\nname: pod-{{ x }}\n';
  only(alert);
  assert.doesNotMatch(complaint(`${alert}b: c: d\n`)?.message ?? "", /template/);
});

test("reports the first errors of a document and counts the others", () => {
  const { problems } = read(`a: 1\n---\n${Array.from({ length: 9 }, (_, index) => `k${index}: [}\n`).join("")}`);
  assert.equal(problems.length, 4);
  assert.match(problems[3]?.message ?? "", /^\d+ more syntax errors in this document$/);
});

test("refuses a value that contains itself", () => {
  assert.match(complaint("a: &x\n  b: *x\n")?.message ?? "", /contains itself|anchor/);
});

test("refuses endless nesting without following it", () => {
  for (const depth of [150, 20_000]) {
    const { documents, problems } = read(`${"[".repeat(depth)}${"]".repeat(depth)}`);
    assert.deepEqual([documents.length, problems.length > 0], [0, true], `${depth} levels`);
  }
});

test("refuses aliases that multiply", () => {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
  for (let i = 1; i < 12; i++)
    lines.push(
      `a${i}: &a${i} [${Array(9)
        .fill(`*a${i - 1}`)
        .join(", ")}]`,
    );
  assert.match(complaint(lines.join("\n"))?.message ?? "", /alias/i);
});

test("paths read like JavaScript, with quotes only where needed", () => {
  assert.equal(
    formatPath(["spec", "ingress", 0, "matchLabels", "app.kubernetes.io/name"]),
    'spec.ingress[0].matchLabels["app.kubernetes.io/name"]',
  );
  assert.equal(formatPath([]), "");
});

test("a key of several lines within brackets is a problem, as for kubectl", () => {
  const text = '---\r\n{"apiVersion": "v1", "kind\r\n": "List", "metadata": {"name": "j"}}\r\n';
  const { problems } = readYaml(text, "a.yaml");
  assert.ok(problems.some(({ line, message }) => line === 2 && /key of more than one line/.test(message)));
});

test("a key within brackets whose colon is more than 1,024 characters away is a problem, as for kubectl", () => {
  const long = "x".repeat(1024);
  const faults = (key: string) => readYaml(`kind: Pod\na: [{${key}: b}]\n`, "a.yaml").problems;
  for (const key of [long, "😀".repeat(1024), `? ${long}x`, `"${long.slice(2)}"`, "? a\n"])
    assert.deepEqual(faults(key), [], key.slice(0, 9));
  for (const key of [`${long}x`, `&a ${long.slice(2)}`, `a${long.replaceAll("x", " ")}`, `c: d, "${long}"`])
    assert.match(faults(key)[0]?.message ?? "", /more than 1,024 characters/, key.slice(0, 9));
  for (const key of ["a\n", "&a\na"]) assert.match(faults(key)[0]?.message ?? "", /more than one line/, key);
});

test("a key outside brackets is on the line of its colon, or its colon is below its question mark, as for kubectl", () => {
  const faults = (text: string) => readYaml(`kind: Pod\nmetadata:\n${text}`, "a.yaml").problems.map(({ line }) => line);
  for (const text of ["  a\n   : b\n", "  &a c\n   : b\n", "  ? a\n   : b\n", "  x: [\n  ]\n  ? a\n   : b\n"])
    assert.equal(faults(text).length, 1, text);
  for (const text of ["  ? a\n  : b\n", "  &x\n  a: b\n", "  ? &a a\n  : b\n", "  - ? a\n    : b\n", "  ? a\n  c: d\n"])
    assert.deepEqual(faults(text), [], text);
});
