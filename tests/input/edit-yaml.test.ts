import assert from "node:assert/strict";
import { test } from "node:test";
import { parseAllDocuments } from "yaml";
import { appendYaml, editYaml } from "../../lib/input/manifests/edit-yaml";
import { readYaml } from "../../lib/input/manifests/yaml";
import type { Edit } from "../../lib/reachability";

const file = `# who may talk to the database
apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: db, namespace: shop}   # two blanks more
spec:
    endpointSelector: {matchLabels: {app: db}}
    # above
    ingress:
    # the web
    - fromEndpoints:
        - matchLabels: {app: web}   # one
      toPorts: [{ports: [{port: "5432", protocol: TCP}]}]

    - fromEndpoints:   # second
        - matchLabels: {app: x}
        - matchLabels: {app: y}
    # at the end
---
# second document
apiVersion: v1
kind: List
items:
- apiVersion: cilium.io/v2
  kind: CiliumNetworkPolicy
  metadata: {name: a}
  spec:
    endpointSelector: {}
    ingress: [{}]
`;
const edit = (action: Edit["action"], path: Edit["path"], ...values: unknown[]): Edit => ({
  policy: 0,
  action,
  path,
  values,
  words: "",
});
const edited = (edits: Edit[], line = 2, text = file) => editYaml(text, { line, column: line === 2 ? 1 : 3 }, edits);

/** The removed lines and the added ones. */
function differing(after: string | undefined): [string[], string[]] {
  assert.ok(after !== undefined);
  const [was, is] = [file.split("\n"), after.split("\n")];
  return [was.filter((line) => !is.includes(line)), is.filter((line) => !was.includes(line))];
}

test("adds a rule in the style of the list, and moves nothing else", () => {
  const rule = { fromEntities: ["host"], toPorts: [{ ports: [{ port: "1" }] }] };
  assert.deepEqual(differing(edited([edit("add", ["spec", "ingress"], rule)])), [
    [],
    ["    - fromEntities:", "        - host", "      toPorts:", "        - ports:", '            - port: "1"'],
  ]);
  assert.deepEqual(differing(edited([edit("add", ["spec", "ingress", 0, "toPorts", 0, "ports"], { port: "1" })])), [
    ['      toPorts: [{ports: [{port: "5432", protocol: TCP}]}]'],
    ['      toPorts: [{ports: [{port: "5432", protocol: TCP}, {port: "1"}]}]'],
  ]);
  assert.deepEqual(differing(edited([edit("add", ["spec", "egress"], {})])), [[], ["    egress:", "      - {}"]]);
  assert.deepEqual(differing(edited([edit("add", ["spec", "ingress"], { fromEntities: ["host"] })], 23)), [
    ["    ingress: [{}]"],
    ["    ingress: [{}, {fromEntities: [host]}]"],
  ]);
});

test("quotes what kubectl cannot read within brackets", () => {
  const text = "spec: {egress: [{toCIDR: [10.0.0.0/8]}]}\n";
  const after = editYaml(text, { line: 1, column: 1 }, [edit("add", ["spec", "egress", 0, "toCIDR"], "::/0")]);
  assert.equal(after, 'spec: {egress: [{toCIDR: [10.0.0.0/8, "::/0"]}]}\n');
  assert.deepEqual(readYaml(after ?? "", "a.yaml").problems, []);
});

test("removes a rule with its own lines, and keeps the comments around it", () => {
  const [gone, come] = differing(edited([edit("replace", ["spec", "ingress", 1, "fromEndpoints", 0])]));
  assert.deepEqual([gone, come], [["        - matchLabels: {app: x}"], []]);
  const first = edited([edit("replace", ["spec", "ingress", 0])]);
  assert.deepEqual(differing(first)[1], []);
  for (const comment of ["# the web", "# above", "# second", "# at the end", "# second document"])
    assert.ok(first?.includes(comment));
  assert.deepEqual(differing(edited([edit("replace", ["spec", "ingress", 0], {})])), [
    [
      "    - fromEndpoints:",
      "        - matchLabels: {app: web}   # one",
      '      toPorts: [{ports: [{port: "5432", protocol: TCP}]}]',
    ],
    ["    - {}"],
  ]);
  const both = edited([edit("replace", ["spec", "ingress", 0]), edit("replace", ["spec", "ingress", 1], {})]);
  assert.deepEqual(differing(both)[1], ["    - {}"]);
});

test("makes several edits of one object at once", () => {
  const after = edited([
    edit("add", ["spec", "egress"], { toEntities: ["world"] }),
    edit("replace", ["spec", "ingress", 0, "fromEndpoints", 0], { matchLabels: { app: "no" } }),
    edit("add", ["spec", "ingress"], {}),
  ]);
  const value = parseAllDocuments(after ?? "")[0]?.toJS() as { spec: { ingress: unknown[]; egress: unknown[] } };
  assert.deepEqual([value.spec.ingress.length, value.spec.egress], [3, [{ toEntities: ["world"] }]]);
});

test("leaves aliases, and values that begin elsewhere, to a person", () => {
  const aliased = `a: &rules\n- {}\nb:\n  ingress: *rules\n`;
  assert.equal(editYaml(aliased, { line: 4, column: 3 }, [edit("add", ["ingress"], {})]), undefined);
  assert.equal(editYaml(file, { line: 7, column: 1 }, [edit("add", ["ingress"], {})]), undefined);
});

test("a file without a final newline stays without one", () => {
  const short = "spec:\n  ingress:\n  - a: 1";
  assert.equal(
    editYaml(short, { line: 1, column: 1 }, [edit("add", ["spec", "ingress"], { b: 1 })]),
    "spec:\n  ingress:\n  - a: 1\n  - b: 1",
  );
});

test("JSON stays JSON, with its indentation", () => {
  const value = {
    kind: "X",
    // In Go's format, which differs from JavaScript's.
    note: "<&>",
    spec: { ingress: [{ a: 1 }], egress: [], other: { deny: { x: true } } },
  };
  const edits = [
    edit("add", ["spec", "ingress"], { b: "2" }, { c: [{ d: null }] }),
    edit("add", ["spec", "egress"], { "k8s:app": "y" }),
    edit("set", ["spec", "enableDefaultDeny"], { egress: false }),
    edit("set", ["spec", "other", "deny"], { ingress: false }),
  ];
  const wanted = {
    ...value,
    spec: {
      ingress: [{ a: 1 }, { b: "2" }, { c: [{ d: null }] }],
      egress: [{ "k8s:app": "y" }],
      other: { deny: { ingress: false } },
      enableDefaultDeny: { egress: false },
    },
  };
  const escaped = (one: unknown, indent?: number | string) =>
    JSON.stringify(one, undefined, indent).replace("<&>", "\\u003c\\u0026\\u003e");
  for (const indent of [undefined, 2, 4, "\t"])
    assert.equal(editYaml(escaped(value, indent), { line: 1, column: 1 }, edits), escaped(wanted, indent));
  const list = escaped({ kind: "List", items: [value, value] }, 4);
  const second = list.split("\n").flatMap((text, at) => (text === "        {" ? [at + 1] : []))[1] ?? 0;
  assert.equal(
    editYaml(list, { line: second, column: 9 }, edits),
    escaped({ kind: "List", items: [value, wanted] }, 4),
  );
  const spaced = '{"kind": "X", "spec": {"ingress": [{"a": 1}]}}';
  assert.equal(
    editYaml(spaced, { line: 1, column: 1 }, [edit("add", ["spec", "ingress"], { b: 2 })]),
    '{"kind": "X", "spec": {"ingress": [{"a": 1}, {"b":2}]}}',
  );
  assert.deepEqual(
    JSON.parse(editYaml(escaped(value, 2), { line: 1, column: 1 }, [edit("replace", ["spec", "ingress", 0])]) ?? ""),
    { ...value, spec: { ...value.spec, ingress: [] } },
  );
});

test("adds a document after a separator, so that it can be read", () => {
  for (const text of ["", "a: 1", "a: 1\n", "a: 1\n---\n", "a: 1\n...\n", "# only\n"]) {
    const { documents, problems } = readYaml(appendYaml(text, { b: "2" }), "x.yaml");
    assert.deepEqual([problems, documents.at(-1)?.value], [[], { b: "2" }], JSON.stringify(text));
    assert.equal(documents.length, text.includes("a") ? 2 : 1, JSON.stringify(text));
  }
});

test("removes an object with the line that begins it, anywhere in a file", () => {
  const gone: Edit = { policy: 0, action: "remove", path: [], values: [], words: "" };
  const without = (text: string, line: number, column = 1) => editYaml(text, { line, column }, [gone]);
  const three = "# first\na: 1\n---\nb: 2   # kept\n---\n# third\nc: 3\n";
  assert.equal(without(three, 2), "b: 2   # kept\n---\n# third\nc: 3\n");
  assert.equal(without(three, 4), "# first\na: 1\n---\n# third\nc: 3\n");
  assert.equal(without(three, 7), "# first\na: 1\n---\nb: 2   # kept\n");
  assert.equal(without("---\na: 1\n---\nb: |\n  ---x\n", 4), "---\na: 1\n");
  assert.equal(without("a: 1\n---\nb: 2", 3), "a: 1");
  const list = "kind: List\nitems:\n  - a: 1\n  - b: 2\n";
  assert.equal(without(list, 3, 5), "kind: List\nitems:\n  - b: 2\n");
  // Without its only object, a JSON file would not be JSON, and an alias elsewhere may refer to the removed part.
  assert.equal(without('{"items": [{"a": 1}, {"b": 2}]}', 1, 12), '{"items": [{"b": 2}]}');
  assert.equal(without("items:\n  - &x {a: 1}\n  - *x\n", 2, 8), undefined);
});
