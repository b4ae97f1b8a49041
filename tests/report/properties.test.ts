import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultRule, type Verdict } from "../../lib/reachability";
import type { Change } from "../../lib/reachability/diff";
import { diffMarkdown } from "../../lib/report/diff/diff-markdown";
import { type DiffReport, rowsOf } from "../../lib/report/diff/diff-rows";
import { diffText } from "../../lib/report/diff/diff-text";
import { diffGraph, reachGraph } from "../../lib/report/graph/graph";
import { MOST_EDGES } from "../../lib/report/graph/graph-model";
import { reachMermaid } from "../../lib/report/graph/mermaid";
import { reachSvg } from "../../lib/report/graph/svg";
import { COMMENT_LIMIT } from "../../lib/report/pull-request/comment-limit";
import { verdictLine } from "../../lib/report/reach/reach-json";
import { reachMarkdown } from "../../lib/report/reach/reach-markdown";
import type { ReachReport } from "../../lib/report/reach/reach-report";
import { reachText } from "../../lib/report/reach/reach-text";
import { colourStyle, wrap } from "../../lib/report/style";
import type { EndpointFacts } from "../../lib/scenario/scenario";

const endpoint = (id: string): EndpointFacts => ({
  id,
  namespace: id.split("/")[0] ?? "",
  ports: [{ port: 80, protocol: "TCP" }],
});
const verdict = (from: string, to: string, allowed: boolean, more: Partial<Verdict> = {}): Verdict => ({
  from,
  to,
  proto: "TCP",
  port: 80,
  egress: "allowed",
  ingress: allowed ? "allowed" : "denied",
  allowed,
  egressRules: [defaultRule("allow-any-egress")],
  ...(allowed ? { ingressRules: [`${to}-policy`] } : {}),
  ...more,
});

const answersOf = (verdicts: readonly Verdict[]) => verdicts.map((each) => ({ from: [each.from], verdict: each }));

/** A cluster of `many` namespaces with ten workloads each; `open` decides which edges are allowed. */
function cluster(many: number, open: (from: number, to: number) => boolean): ReachReport {
  const endpoints = Array.from({ length: many * 10 }, (_, index) => endpoint(`ns${Math.floor(index / 10)}/w${index}`));
  const verdicts = endpoints.flatMap(({ id: from }, a) =>
    endpoints.flatMap(({ id: to }, b) => (a === b ? [] : [verdict(from, to, open(a, b))])),
  );
  return { endpoints, verdicts, answers: answersOf(verdicts), policies: 1, refused: [], problems: [] };
}

function difference(report: ReachReport, opened: Change[], warnings: string[] = []): DiffReport {
  return {
    names: { before: "a", after: "b" },
    diff: {
      opened,
      closed: [],
      unclear: [],
      changed: [],
      redecided: [],
      unchanged: { allowed: 0, denied: 0, unknown: 0 },
      refused: { appeared: [], gone: [] },
      endpoints: { added: [], removed: [] },
    },
    endpoints: report.endpoints,
    after: report.verdicts,
    why: ({ after }) => [
      { layer: "ingress", words: `${after?.ingressRules?.join() ?? "nothing"} allows it`, rules: [] },
    ],
    refused: [],
    warnings,
    problems: [],
  };
}
const change = (from: string, to: string): Change => ({
  from: [from],
  to,
  proto: "TCP",
  port: 80,
  before: verdict(from, to, false),
  after: verdict(from, to, true, { ingressRules: [`ns/${from}-to-${to}`] }),
});

test("thousands of denied edges take no lines of their own", () => {
  const text = reachText(cluster(10, (a, b) => a === 0 && b === 1));
  assert.match(text, /^Reachability: 1 of 9,900 edges allowed, 9,899 denied\n/);
  assert.ok(text.split("\n").length < 400, `${text.split("\n").length} lines`);
  assert.match(text, /ns0\/w1 {2}TCP 80\n {4}✓ ns0\/w0 {2}w1-policy \(ingress\)\n {4}✗ 98 others: no ingress rule\n/);
});

test("text fits into 80 columns, and colour adds nothing but colour", () => {
  const report = cluster(3, (a, b) => (a * 7 + b * 3) % 4 === 0);
  const text = reachText(report);
  for (const line of text.split("\n")) assert.ok([...line].length <= 80, line);
  const coloured = reachText(report, colourStyle);
  assert.notEqual(coloured, text);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colour is made of
  assert.equal(coloured.replace(/\u001b\[\d+m/g, ""), text);
});

test("wrapping keeps every word and never cuts one", () => {
  const text = "a bb ccc https://example.invalid/very/long/path/that/does/not/fit dddd";
  const wrapped = wrap(text, { width: 20, indent: 2, used: 10 });
  assert.equal(wrapped.replace(/\n {2}/g, " "), text);
  for (const line of wrapped.split("\n").filter((line) => !line.includes("https"))) assert.ok(line.length <= 20);
});

test("a comment stays within the limit and keeps its heading", () => {
  const report = cluster(10, () => false);
  const ids = report.endpoints.map(({ id }) => id);
  const edges = (count: number) =>
    ids.flatMap((from) => ids.filter((to) => to !== from).map((to) => change(from, to))).slice(0, count);
  for (const count of [0, 400, 5000]) {
    for (const warnings of [[], Array.from({ length: 3000 }, (_, index) => `warning ${index} about something`)]) {
      const text = diffMarkdown(difference(report, edges(count), warnings));
      assert.ok(text.length <= COMMENT_LIMIT, `${text.length} characters`);
      assert.match(text, new RegExp(`### Reachability: ${count.toLocaleString("en-US")} opened`));
      assert.equal(text.includes("🔓 opened"), count > 0, "opened edges are the last to go");
      if (count === 5000 || warnings.length > 0) assert.match(text, /Left out of this comment: /);
      if (warnings.length > 0) assert.match(text, /warning 0 about/);
    }
  }
});

test("drops the folded section before any row", () => {
  const report = cluster(10, () => false);
  const rows = Array.from({ length: 200 }, (_, index) =>
    change(`ns0/w${index % 10}`, `ns${1 + (index % 9)}/w${index}`),
  );
  const text = diffMarkdown(difference(report, rows));
  assert.equal(text.split("\n").filter((line) => line.startsWith("| 🔓")).length, 200);
  assert.doesNotMatch(text, /Full matrix afterwards/);
  assert.match(text, /full matrix does not fit/);
});

test("groups edges that opened the same way in one row", () => {
  const report = cluster(1, () => false);
  const alike = (from: string, port: number): Change => ({
    ...change(from, "ns0/w9"),
    port,
    after: verdict(from, "ns0/w9", true),
  });
  const text = diffText(
    difference(report, [alike("ns0/w0", 80), alike("ns0/w0", 81), alike("ns0/w1", 80), alike("ns0/w1", 81)]),
  );
  assert.match(text, /\+ ns0\/w0, ns0\/w1 → ns0\/w9 {2}TCP 80, 81\n/);
});

test("lists what opens to the world first, and the world before other sources of a row", () => {
  const report = cluster(2, () => false);
  const world: EndpointFacts = { id: "world", reserved: ["world"] };
  const workloads = report.endpoints.map(({ id }) => id).filter((id) => id !== "ns1/w19");
  const toLast = { ...change("ns0/w0", "ns1/w19"), from: [...workloads, "world"] };
  const rows = rowsOf("opened", {
    ...difference(report, [change("ns0/w0", "ns0/w1"), toLast]),
    endpoints: [...report.endpoints, world],
  });
  assert.deepEqual(
    rows.map(({ to }) => to),
    ["ns1/w19", "ns0/w1"],
  );
  assert.deepEqual(rows[0]?.from, ["world", ...workloads.sort()]);
});

test("names cannot break out of a table, a picture or a line of JSON", () => {
  const nasty = 'ns/a|b`<img src=x>"&\n*';
  const report: ReachReport = {
    ...cluster(1, () => true),
    endpoints: [endpoint(nasty), endpoint("ns/b")],
    verdicts: [verdict("ns/b", nasty, true)],
    answers: answersOf([verdict("ns/b", nasty, true)]),
  };
  const rows = reachMarkdown(report)
    .split("\n")
    .filter((line) => line.startsWith("| ✓"));
  assert.equal(rows.length, 1);
  assert.doesNotMatch(rows[0] ?? "", /[^\\]<img/);
  assert.equal(reachMermaid(report).includes("<img"), false);
  assert.equal(JSON.parse(verdictLine(verdict("ns/b", nasty, true))).to, nasty);
  assert.doesNotMatch(verdictLine(verdict("ns/b", nasty, true)), /[<>&]/);
});

test("the picture is well-formed with any names", async () => {
  const nasty = 'ns/a|b`<img src=x>"&\u0001*';
  const report: ReachReport = {
    ...cluster(1, () => true),
    endpoints: [endpoint(nasty), endpoint("ns/b")],
    verdicts: [verdict("ns/b", nasty, true)],
    answers: answersOf([verdict("ns/b", nasty, true)]),
  };
  const svg = await reachSvg(report);
  assert.ok(svg.includes("&lt;img src=x&gt;"));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: XML has no place for them
  assert.doesNotMatch(svg, /<img|[\u0000-\u0008]/);
});

test("pictures fold equal nodes: a namespace for its workloads, a mark for everyone", () => {
  const everyone = reachGraph(cluster(2, (_, b) => b === 0));
  assert.deepEqual(everyone.edges, []);
  assert.equal(everyone.nodes.find(({ id }) => id === "ns0/w0")?.ingress, "wide");
  const neighbours = reachGraph(cluster(2, (a, b) => b === 0 && a >= 10));
  assert.deepEqual(
    neighbours.edges.map(({ from, to }) => [from, to]),
    [["namespace ns1", "ns0/w0"]],
  );
  const scraper = reachGraph(cluster(2, (a, b) => a === 0 && b >= 10));
  assert.deepEqual(
    scraper.edges.map(({ from, to }) => [from, to]),
    [["ns0/w0", "namespace ns1"]],
  );
  const some = reachGraph(cluster(2, (a, b) => a === 0 && b >= 12));
  assert.equal(some.edges.length, 8);
});

test("a picture too large to read is drawn by namespace, without losing an edge", () => {
  for (const [many, open] of [
    [16, (a: number, b: number) => a % 10 === 0 && b % 10 === 1],
    [5, (a: number, b: number) => (a * 7 + b * 3) % 4 === 0],
  ] as const) {
    const report = cluster(many, open);
    const { nodes, edges, groups, notes } = reachGraph(report);
    assert.deepEqual([nodes.length, groups], [many, []]);
    const drawn = edges.reduce((sum, { count = 0 }) => sum + count, 0);
    const undrawn = Number(/^([\d,]+) edges of/.exec(notes[1] ?? "")?.[1]?.replace(",", "") ?? 0);
    assert.equal(drawn + undrawn, [...report.answers].filter(({ verdict: { allowed } }) => allowed).length);
    assert.ok(edges.length <= MOST_EDGES);
    assert.match(notes[0] ?? "", /^by namespace: /);
  }
  const first = reachGraph(cluster(5, (a, b) => a < 10 && (a + b) % 3 === 0)).nodes[0];
  assert.equal(first?.label, "w0", "few enough stay apart");
});

test("a change with too many edges for a picture is drawn by namespace, in both directions", () => {
  const report = cluster(16, () => false);
  const ids = report.endpoints.map(({ id }) => id);
  const opened = ids.flatMap((from, a) =>
    ids.flatMap((to, b) => (a !== b && (a * 7 + b * 3) % 5 === 0 ? [change(from, to)] : [])),
  );
  const graph = diffGraph(difference(report, opened), true);
  assert.equal(
    graph.edges.some(({ kind }) => kind !== "opened"),
    false,
  );
  assert.ok(graph.edges.length <= MOST_EDGES);
  assert.deepEqual(graph.groups, []);
});

test("Markdown of a large cluster leaves out the matrix and says where it is", () => {
  const text = reachMarkdown(cluster(21, (_, b) => b === 0));
  assert.doesNotMatch(text, /<details>/);
  assert.match(text, /full matrix is too large/);
  assert.match(reachMarkdown(cluster(3, (_, b) => b === 0)), /<details>/);
});

test("a comment on a large cluster never computes a matrix that has no room", () => {
  const report = difference(
    cluster(2, () => false),
    [change("ns0/w0", "ns0/w1")],
  );
  const after: Iterable<Verdict> = {
    [Symbol.iterator]() {
      throw new Error("read");
    },
  };
  const unchanged = { allowed: 0, denied: 20_000, unknown: 0 };
  assert.match(diffMarkdown({ ...report, after, diff: { ...report.diff, unchanged } }), /matrix does not fit/);
  assert.throws(() => diffMarkdown({ ...report, after }), /read/);
});

test("in a picture of twenty workloads, no boxes overlap, and no label covers a box", async () => {
  const svg = await reachSvg(cluster(2, (a, b) => (a + 2 * b) % 11 === 0));
  const boxes = [
    ...svg.matchAll(
      /<rect class="(node|label-back)[^"]*" x="([\d.-]+)" y="([\d.-]+)" width="([\d.]+)" height="([\d.]+)"/g,
    ),
  ].map(([, kind, ...numbers]) => ({ kind, box: numbers.map(Number) as [number, number, number, number] }));
  assert.ok(boxes.filter(({ kind }) => kind === "node").length === 20);
  for (const [index, { kind, box: a }] of boxes.entries()) {
    for (const { kind: other, box: b } of boxes.slice(index + 1)) {
      if (kind === "label-back" && other === "label-back") continue;
      const apart = a[0] + a[2] <= b[0] || b[0] + b[2] <= a[0] || a[1] + a[3] <= b[1] || b[1] + b[3] <= a[1];
      assert.ok(apart, `${kind} ${a} and ${other} ${b}`);
    }
  }
});
