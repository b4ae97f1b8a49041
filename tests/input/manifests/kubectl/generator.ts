import fc from "fast-check";

/** Plain scalars whose type differs between YAML 1.1, YAML 1.2 and Go. */
const scalars = fc.oneof(
  fc.constantFrom(
    ..."y Y yes Yes YES n no NO on On off OFF true True TRUE false null Null ~ tRue oN".split(" "),
    ..."0 1 -1 +1 007 08 0o17 0O17 0x1F 0X1f -0x1 0b11 0B11 +0b1 -0b1 1_000 1__0 _1 1_ 0_7 0x_1".split(" "),
    ..."1.5 1. .5 +.5 -.5 1e3 1E3 1e+3 .5e-3 1.e3 1e 0.1_2 1_0.5 .1_0 ._1 . .. 190:20:30 12:30 1:2".split(" "),
    ..."2001-01-01 2001-1-1 2001-01-01T00:00:00Z 2001-13-01 2001-01 2001-01-01x".split(" "),
    ..."18446744073709551615 18446744073709551616 -9223372036854775808 -9223372036854775809 9007199254740993".split(
      " ",
    ),
    ..."a a-b a.b a/b a:b a#b -a ?a :a <a @a =a a! a% it's x\\y a,b -- --- ... <<".split(" "),
    "a b",
    "",
    ".inf",
    "-.INF",
    ".NaN",
    "!!str 1",
    "!!int 1",
    "!!str y",
    "!x a",
    "!!binary aGk=",
    '"\\u0061\\x62\\/\\t"',
    '"a\\\n  b"',
    "'it''s'",
    '"yes"',
    "'1'",
    "a # b",
    "a\n      b",
    "|\n      a\n      b",
    ">-\n      a\n      b",
  ),
  fc.constantFrom("web", "db", "admin"),
  fc.constantFrom("front", "back", "a.b"),
);

const keys = fc.constantFrom(
  "app",
  "tier",
  "zone",
  "env",
  "team",
  "role",
  "part",
  "y",
  "1",
  "1.5",
  '"app"',
  "'tier'",
  "true",
  "~",
  '"\\u0061pp"',
  "x/y",
  "<<x",
  '"<<"',
  "a b",
  "&k app",
  "? tier",
  "? zone\n     ",
  "env ",
  "team\n     ",
  "x".repeat(1024),
  `"${"é".repeat(1022)}"`,
  "x".repeat(1025),
  `&k ${"x".repeat(1022)}`,
  `"part"${" ".repeat(1019)}`,
);
const member = fc.tuple(keys, scalars).map(([key, value]) => `${key}: ${value}`);
const merge = fc.constantFrom(
  "<<: *l",
  "<<: *m",
  "<<: *l",
  "<<: *m",
  "<<: [*m, *l]",
  "<<: [*l, *m]",
  "<<: [{app: inner}, *m]",
  "<<: {app: flow}",
  "<<: 1",
  "<<: *none",
);
const labels = fc.array(fc.oneof({ weight: 4, arbitrary: member }, { weight: 1, arbitrary: merge }), {
  minLength: 1,
  maxLength: 4,
});
const flow = labels.map((lines) => `{${lines.filter((line) => !/[\n#|>]/.test(line)).join(", ")}}`);
const block = (indent: string) => labels.map((lines) => lines.map((line) => `\n${indent}${line}`).join(""));

const kinds = fc.constantFrom(
  "ConfigMap",
  "NetworkPolicy",
  "Pod",
  "Service",
  "Namespace",
  "Deployment",
  "List",
  "PodList",
  "podList",
  "Thing",
  "y",
  "'Pod'",
  '"\\u0050od"',
);
const extra = fc.constantFrom(
  ...Array<string>(70).fill(""),
  ...[
    "project: p\nstack: s\nresources: []\n",
    "items: []\n",
    "items:\n",
    "items: 1\n",
    "kind: Secret\n",
    '"k\\u0069nd": Secret\n',
  ],
  ...[
    "spec: {a: 1}\nspecs: [{b: 2}]\n",
    "list: [\n\ta,\n\t b ]\n",
    "list:\n- a\n-  - b\n   - c\n",
    "list:\n\t- a\n",
    "? q\n: r\n",
    "? [q]\n: r\n",
    "%YAML 1.1\n",
  ],
  ...[
    "text: |\n  a\n  ---\n  b\n",
    "text: |2\n    a\n",
    'text: "a\n---\nb"\n',
    "text: >\n\n  a\n\n\n  b\n",
    "d: {a: [b, {c: d}], e: }\n",
    "d: [a: b, c]\n",
    "d: {a, b: c}\n",
  ],
);
const object: fc.Arbitrary<string> = fc
  .tuple(
    kinds,
    fc.oneof(
      flow.map((text) => ` ${text}`),
      block("    "),
    ),
    extra,
    fc.boolean(),
  )
  .map(
    ([kind, labelText, more, first]) =>
      `${first ? more : ""}apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: obj\n  annotations: &l {app: one, p: q}\n  other: &m {app: two, tier: z}\n  labels:${labelText}\n${first ? "" : more}`,
  );

const jsonObject: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom("ConfigMap", "Pod", "List", "PodList"),
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom(
      "",
      ',"kind":"Secret"',
      ',"k\\u0069nd":"Secret"',
      ',"items":[{"metadata":{"name":"a"}}]',
      ',"items":[{"kind":"Pod","apiVersion":"v1","metadata":{"name":"a"}},{"kind":"List","apiVersion":"v1","items":[{"kind":"Pod","apiVersion":"v1","metadata":{"name":"b"}}]}]',
      ',"items":null',
      ',"project":"p","stack":"s","resources":[]',
      ',"a":1,"a":2',
      ",",
      ',"t":"\t"',
    ),
  )
  .map(
    ([kind, value, more]) =>
      `{"api\\u0056ersion":"v1","kind":"${kind}","metadata":{"name":"j"},"data":${JSON.stringify(value)}${more}}`,
  );

const list: fc.Arbitrary<string> = fc
  .tuple(
    fc.constantFrom("List", "PodList", "PolicyList", "ConfigMap", "podlist", "Things"),
    fc.array(
      fc.constantFrom(
        "metadata: {name: a}",
        "kind: Pod\n  apiVersion: v1\n  metadata: {name: a}",
        "kind: Pod\n  metadata: {name: a}",
        "apiVersion: v1\n  metadata: {name: a}",
        "apiVersion: v1\n  kind: List\n  items:\n  - {kind: Pod, apiVersion: v1, metadata: {name: b}}",
        "apiVersion: v1\n  kind: PodList\n  items:\n  - {metadata: {name: b}}",
        "{}",
        "null",
        "text",
      ),
      { maxLength: 3 },
    ),
  )
  .map(
    ([kind, items]) =>
      `apiVersion: v1\nkind: ${kind}\nmetadata: {name: l}\nitems:${items.length === 0 ? " []" : items.map((item) => `\n- ${item}`).join("")}\n`,
  );

const separators = fc.constantFrom(
  ...Array<string>(70).fill("---\n"),
  ...[
    "---\n",
    "---\n",
    "---\n",
    "--- # c\n",
    "---  \n",
    "...\n",
    "...\n---\n",
    "--- {a: b}\n",
    "---x\n",
    "---\t\n",
    "",
    "\n\n",
    "# c\n---\n",
    "...x\n",
    " ---\n",
    "---\r\n",
  ],
);
const noise = fc.constantFrom(..."\n|\r|\u0085|\u2028|\ufeff|\t|\u0007|\u00a0|# c\n|#\u0085kind: Secret\n".split("|"));

/** Texts of files: a few objects in YAML or JSON with some separator, sometimes damaged or with other line breaks. */
export const caseText: fc.Arbitrary<string> = fc
  .tuple(
    fc.array(
      fc.tuple(
        fc.oneof(
          { weight: 6, arbitrary: object },
          { weight: 2, arbitrary: jsonObject },
          { weight: 1, arbitrary: list },
        ),
        separators,
      ),
      { minLength: 1, maxLength: 3 },
    ),
    fc.oneof(
      { weight: 5, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.tuple(noise, fc.double({ min: 0, max: 1, noNaN: true })) },
    ),
    fc.constantFrom("", "", "", "", "---\n", "\ufeff", "\n", "# c\n", "  "),
    fc.constantFrom("", "", "", "crlf", "cut"),
  )
  .map(([parts, damage, head, ends]) => {
    const text =
      head +
      parts
        .map(([part, separator]) => part + (part.endsWith("\n") || separator === "" ? "" : "\n") + separator)
        .join("");
    const at = damage === null ? 0 : Math.floor(damage[1] * text.length);
    const damaged = damage === null ? text : text.slice(0, at) + damage[0] + text.slice(at);
    if (ends === "crlf") return damaged.replaceAll("\n", "\r\n");
    return ends === "cut" ? damaged.trimEnd() : damaged;
  });
