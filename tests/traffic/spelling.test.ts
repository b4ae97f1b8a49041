import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { passedOverWords } from "../../lib/traffic/hubble/passed-over";
import type { Traffic } from "../../lib/traffic/traffic";
import { line, nameOf, pod, recordings, trafficOf } from "./lines";

const recorded = (mode: string, file: string) =>
  gunzipSync(readFileSync(path.join(recordings, mode, file)))
    .toString("utf8")
    .trim()
    .split("\n");

const counted = ({ edges }: Traffic) =>
  edges.map((edge) => [nameOf(edge), edge.flows, edge.passed, edge.denied, edge.audited, edge.first, edge.last]);

/** Applies `change` to every member of a value. */
function everywhere(value: unknown, change: (key: string, value: unknown) => [string, unknown]): unknown {
  if (Array.isArray(value)) return value.map((one) => everywhere(one, change));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => change(key, everywhere(member, change))));
}

const camelCase = (key: string) => key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
/** As in Cilium's `api/v1/flow/flow.proto`. */
const numbers: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  verdict: { FORWARDED: 1, DROPPED: 2, AUDIT: 4, REDIRECTED: 5 },
  Type: { L3_L4: 1, L7: 2 },
  drop_reason_desc: { POLICY_DENIED: 133, UNSUPPORTED_L3_PROTOCOL: 139, STALE_OR_UNROUTABLE_IP: 151, POLICY_DENY: 181 },
  trace_observation_point: { TO_HOST: 2, TO_STACK: 3, TO_OVERLAY: 4, TO_NETWORK: 11, TO_ENDPOINT: 101 },
  trace_reason: { NEW: 1, ESTABLISHED: 2, REPLY: 3, RELATED: 4 },
  type: { POLICY_UPDATED: 3, IPCACHE_UPSERTED: 9, IPCACHE_DELETED: 10 },
};
const asTexts = ["source_port", "destination_port", "type", "identity"];

const ways: Readonly<Record<string, (lines: readonly string[]) => string>> = {
  "camelCase over several lines, as grpcurl prints": (lines) =>
    lines
      .map((text) => everywhere(JSON.parse(text), (key, value) => [camelCase(key), value]))
      .map((value) => JSON.stringify(value, undefined, 2))
      .join("\n"),
  "several lines each, as jq prints": (lines) =>
    lines.map((text) => JSON.stringify(JSON.parse(text), undefined, 2)).join("\n"),
  "a list, as jq --slurp prints": (lines) => `[\n${lines.join(",\n")}\n]\n`,
  "enums as numbers": (lines) =>
    lines
      .map((text) => everywhere(JSON.parse(text), (key, value) => [key, numbers[key]?.[String(value)] ?? value]))
      .map((value) => JSON.stringify(value))
      .join("\n"),
  "numbers as strings": (lines) =>
    lines
      .map((text) =>
        everywhere(JSON.parse(text), (key, value) => [
          key,
          typeof value === "number" && asTexts.includes(key) ? String(value) : value,
        ]),
      )
      .map((value) => JSON.stringify(value))
      .join("\n"),
  "the latest first, as logcli prints": (lines) => [...lines].reverse().join("\n"),
  "carriage returns, and a byte order mark": (lines) => `\ufeff${lines.join("\r\n")}\r\n`,
};

const whys = ({ passedOver }: Traffic) => passedOver.map((lines) => `${passedOverWords(lines)} ${lines.count}`).sort();

for (const [way, write] of Object.entries(ways)) {
  test(`reads flows in another spelling as the same traffic: ${way}`, async () => {
    for (const [mode, file] of [
      ["transparent", "phase-1.flows.jsonl.gz"],
      ["transparent", "phase-2.flows.jsonl.gz"],
      ["transport-header", "exporter.log.gz"],
    ] as const) {
      const lines = recorded(mode, file);
      const usual = await trafficOf({ "flows.jsonl": lines.join("\n") });
      const other = await trafficOf({ "flows.json": write(lines) });
      assert.deepEqual(other.problems, []);
      assert.ok(usual.edges.length > 30);
      assert.deepEqual(counted(other), counted(usual), `${mode} ${file}`);
      assert.deepEqual(whys(other), whys(usual));
      assert.deepEqual(other.policyChanges.length, usual.policyChanges.length);
    }
  });
}

test("reassembles an object that is split anywhere, and reports an incomplete one", async () => {
  const [web, db] = [pod("shop", "web", "10.0.0.1"), pod("shop", "db", "10.0.0.2")];
  const odd = line({ from: web, to: db, port: 5432, more: { Summary: 'brackets }{ "and\\" backslashes \\' } });
  const spread = JSON.stringify(JSON.parse(odd), undefined, 1);
  const several = Array.from({ length: 100 }, (_, place) =>
    spread.replace(/("uuid": ")0{8}/, `$1${10_000_000 + place}`),
  );
  // A file is read in blocks of 64 KiB. The escapes occur at every offset of one.
  for (const ahead of [0, 1, 2, 3, 5, 8]) {
    const { edges, problems } = await trafficOf({
      "flows.json": `[\n${" ".repeat((1 << 16) - spread.length - 30 + ahead)}${several.join(",\n")}]`,
    });
    assert.deepEqual([problems, edges.map(({ flows }) => flows)], [[], [100]]);
  }
  const cut = await trafficOf({ "flows.json": `${spread}\n${spread.slice(0, 200)}` });
  assert.deepEqual([cut.problems, cut.edges[0]?.flows], [[], 1]);
  assert.match(
    cut.passedOver.map(passedOverWords).join(),
    /the last of .*flows\.json \(line \d\d\), which is not whole/,
  );
  const broken = await trafficOf({ "flows.json": `${several[0]}\n{"flow": nothing}\n${several[1]}` });
  assert.deepEqual([broken.problems.map(({ message }) => message), broken.edges[0]?.flows], [["is not JSON"], 2]);
});

test("a packet that was sent did not necessarily pass", async () => {
  const [web, db] = [pod("shop", "web", "10.0.0.1"), pod("shop", "db", "10.0.0.2")];
  const ends = { from: web, to: db, port: 5432 };
  const at = (second: number) => `2026-11-26T10:00:0${second}.000000001Z`;
  const setOut = (second: number) =>
    line({ ...ends, point: "FROM_ENDPOINT", verdict: "TRACED", time: at(second), sourcePort: 40_000 + second });
  const denial = (second: number) =>
    line({
      ...ends,
      event: 5,
      verdict: "DROPPED",
      reason: "POLICY_DENIED",
      time: at(second),
      sourcePort: 40_000 + second,
    });
  const only = await trafficOf({ "flows.jsonl": [setOut(1), denial(1), setOut(2), denial(2), setOut(3)].join("\n") });
  assert.deepEqual(
    only.edges.map(({ passed, denied }) => [passed, denied]),
    [[0, 2]],
  );
  const later = await trafficOf({
    "flows.jsonl": [setOut(1), line({ ...ends, time: at(1) }), setOut(2), denial(2), setOut(3)].join("\n"),
  });
  assert.deepEqual(
    later.edges.map(({ passed, denied, deniedSince }) => [passed, denied, deniedSince]),
    [[1, 1, at(2)]],
  );
});
