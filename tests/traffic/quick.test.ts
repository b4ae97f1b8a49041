import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import * as fc from "fast-check";
import { Collector } from "../../lib/traffic/hubble/collector";
import { flowOf, quickFlow } from "../../lib/traffic/hubble/flow";
import { LineForms } from "../../lib/traffic/hubble/line-forms";
import { runs } from "../support/runs";
import { line, pod, recordings, trafficOf, world } from "./lines";

const [web, db] = [pod("shop", "web", "10.0.0.1"), pod("shop", "db", "10.0.0.2")];

test("the quick reader reads a line like the full parser", () => {
  for (const mode of ["transparent", "transport-header"]) {
    for (const phase of [0, 1, 2]) {
      const text = gunzipSync(readFileSync(path.join(recordings, mode, `phase-${phase}.flows.jsonl.gz`))).toString(
        "latin1",
      );
      let quick = 0;
      for (const one of text.trim().split("\n")) {
        const flow = quickFlow(one);
        if (flow === undefined) continue;
        quick++;
        const { ends, ...rest } = flow;
        const whole = flowOf(JSON.parse(one).flow);
        assert.ok(whole && typeof ends === "string");
        const { ends: both, ...parsed } = whole;
        assert.deepEqual({ ...rest, ...JSON.parse(`{${ends.replace(/,$/, "")}}`) }, { ...parsed, ...Object(both) });
      }
      assert.ok(quick > 250, `${mode} ${phase}: ${quick} lines`);
    }
  }
});

/** The flow of a line, as either reader reads it. */
function bothSay(text: string): void {
  const bytes = Buffer.from(text).toString("latin1");
  const quick = quickFlow(bytes);
  const whole = flowOf(JSON.parse(bytes).flow);
  assert.ok(quick !== undefined && whole !== undefined && typeof quick.ends === "string", text);
  const { ends, ...rest } = quick;
  const { ends: both, ...parsed } = whole;
  assert.deepEqual({ ...rest, ...JSON.parse(`{${ends.replace(/,$/, "")}}`) }, { ...parsed, ...Object(both) });
}

const anyLine = fc.record({
  port: fc.integer({ min: 1, max: 65_535 }),
  sourcePort: fc.integer({ min: 1, max: 65_535 }),
  protocol: fc.constantFrom("TCP" as const, "UDP" as const),
  verdict: fc.constantFrom("FORWARDED", "DROPPED", "AUDIT", "REDIRECTED"),
  event: fc.constantFrom(1 as const, 4 as const, 5 as const),
  flags: fc.record({ SYN: fc.constant(true), ACK: fc.constant(true) }, { requiredKeys: [] }),
  reply: fc.option(fc.boolean(), { nil: undefined }),
  reason: fc.constantFrom("POLICY_DENIED", "STALE_OR_UNROUTABLE_IP"),
  label: fc.string(),
  ipv6: fc.boolean(),
  more: fc.record(
    {
      source_names: fc.array(fc.domain(), { minLength: 1, maxLength: 2 }),
      destination_names: fc.array(fc.domain(), { minLength: 1, maxLength: 2 }),
      tunnel: fc.constant({ protocol: "VXLAN", IP: { source: "172.18.0.2", destination: "172.18.0.3" }, vni: 1 }),
      node_labels: fc.array(fc.string(), { minLength: 1, maxLength: 2 }),
      emitter: fc.record({ name: fc.string() }),
      trace_reason: fc.constantFrom("NEW", "ESTABLISHED", "RELATED"),
      source_service: fc.constant({ name: "web", namespace: "shop" }),
    },
    { requiredKeys: [] },
  ),
});

test("for any line, the quick reader agrees with the full parser", () => {
  fc.assert(
    fc.property(anyLine, ({ label, ipv6, reply, ...rest }) => {
      const from = pod("shop", "web", ipv6 ? "fd00::1" : "10.0.0.1", { labels: [`k8s:app=${label}`] });
      bothSay(
        line({ ...rest, from, to: world(ipv6 ? "2001:db8::7" : "192.0.2.7"), ...(reply !== undefined && { reply }) }),
      );
    }),
    { numRuns: runs(200) },
  );
});

/** Reads the lines of a recording, and compares each with reading it alone. Returns how many matched the form of an earlier line. */
function readInTurn(lines: readonly string[]): number {
  const collector = new Collector();
  const forms = new LineForms();
  let alike = 0;
  for (const one of lines) {
    // In the middle of a block, between other lines.
    const bytes = Buffer.from(`x"}\n${one}\n{"flow":{"time":"`, "latin1");
    const [start, end] = [4, 4 + one.length];
    const known = forms.flowAt(bytes, start, end);
    const flow = quickFlow(one, collector.knownEnds);
    if (known !== undefined) {
      alike++;
      const { pair, ...said } = known;
      assert.deepEqual(said, flow, one);
      assert.equal(pair, `${said.from} ${said.to}`);
    } else if (flow !== undefined) forms.remember(bytes, start, end, flow, collector.knownEnds);
    if (flow !== undefined) collector.add(flow);
  }
  return alike;
}

test("a line that repeats an earlier one is read like the line itself, in every recording", () => {
  for (const mode of ["transparent", "transport-header"]) {
    const lines = [0, 1, 2].flatMap((phase) =>
      gunzipSync(readFileSync(path.join(recordings, mode, `phase-${phase}.flows.jsonl.gz`)))
        .toString("latin1")
        .trim()
        .split("\n"),
    );
    const alike = readInTurn([...lines, ...lines, ...lines]);
    assert.ok(alike > lines.length, `${mode}: ${alike} of ${3 * lines.length}`);
  }
});

test("lines that differ only in ports, time and uuid are told from lines that differ in anything else", () => {
  const anyEnds = fc.record({ last: fc.constantFrom(1, 2), ipv6: fc.boolean() });
  const anyVariant = fc.record({
    port: fc.constantFrom(80, 8080, 40_000),
    sourcePort: fc.constantFrom(80, 40_000, 40_001),
    time: fc.constantFrom("2026-11-26T10:00:05Z", "2026-11-26T10:00:05.123456789Z"),
    uuid: fc.uuid(),
    // Of equal length, after the ports.
    label: fc.constantFrom("a", "b"),
  });
  fc.assert(
    fc.property(
      fc.array(fc.tuple(anyLine, anyEnds, fc.array(anyVariant, { minLength: 1, maxLength: 6 })), { maxLength: 4 }),
      (groups) => {
        const lines = groups.flatMap(([{ reply, label: _, ipv6: __, ...rest }, { last, ipv6 }, variants]) =>
          variants.map(({ uuid, label, ...variant }) => {
            const from = pod("shop", "web", `${ipv6 ? "fd00::" : "10.0.0."}${last}`, { labels: [`k8s:app=${label}`] });
            const to = world(ipv6 ? "2001:db8::7" : "192.0.2.7");
            const text = line({ ...rest, ...variant, from, to, ...(reply !== undefined && { reply }) });
            return Buffer.from(text.replace(/"uuid":"[^"]*"/, `"uuid":"${uuid}"`)).toString("latin1");
          }),
        );
        readInTurn([...lines, ...lines]);
      },
    ),
    { numRuns: runs(200) },
  );
});

test("a truncated line is never a flow, wherever it is cut, nor are two lines that run together", async () => {
  const whole = line({ from: web, to: db, port: 5432, reply: true, more: { interface: { name: "lxc" } } });
  for (let length = 1; length < whole.length; length++) assert.equal(quickFlow(whole.slice(0, length)), undefined);
  assert.ok(quickFlow(whole));
  const other = line({ from: web, to: db, port: 5433, time: "2026-11-26T10:00:05Z" });
  const traffic = await trafficOf({ a: [whole.slice(0, -40), whole + other, other].join("\n") });
  assert.deepEqual(
    traffic.problems.map(({ line: at, message }) => [at, message]),
    [
      [1, "is not JSON"],
      [2, "is not JSON"],
    ],
  );
  assert.equal(traffic.flows, 1);
});
