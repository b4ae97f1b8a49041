import assert from "node:assert/strict";
import { test } from "node:test";
import { failedGates, idleGates } from "../../lib/cli/gates/gates";
import { parseGate } from "../../lib/cli/options/gates";
import type { Verdict } from "../../lib/reachability";
import type { Change } from "../../lib/reachability/diff";
import type { DiffReport } from "../../lib/report/diff/diff-rows";
import type { EndpointFacts } from "../../lib/scenario/scenario";

const endpoints: EndpointFacts[] = [
  { id: "shop/db", namespace: "shop" },
  { id: "shop/web", namespace: "shop" },
  { id: "batch/job", namespace: "batch" },
  { id: "world", reserved: ["world"] },
  { id: "10.0.0.0/8", ip: "10.0.0.0" },
  { id: "host", reserved: ["host"] },
  { id: "internet", reserved: ["world-ipv4"] },
];
const edge = (from: string, to: string): Change => ({ from: [from], to, proto: "TCP", port: 80 });
const report = (opened: Change[], closed: Change[] = [], refused: DiffReport["refused"] = []): DiffReport => ({
  names: { before: "a", after: "b" },
  diff: {
    opened,
    closed,
    unclear: [],
    changed: [],
    redecided: [],
    unchanged: { allowed: 0, denied: 0, unknown: 0 },
    refused: { appeared: [], gone: [] },
    endpoints: { added: [], removed: [] },
  },
  endpoints,
  after: [],
  why: () => [],
  refused,
  warnings: [],
  problems: [],
});
const shut = (gate: string, of: DiffReport) => failedGates(parseGate(gate), of).length === 1;

test("a gate without a peer covers every edge of its kind", () => {
  const opened = report([edge("shop/web", "shop/db")]);
  assert.deepEqual([shut("opened", opened), shut("closed", opened), shut("changed", opened)], [true, false, false]);
  assert.deepEqual([shut("closed", report([], [edge("world", "shop/db")])), shut("opened", report([]))], [true, false]);
});

test("a peer is an endpoint or a namespace, at either end", () => {
  const opened = report([edge("batch/job", "shop/db")]);
  for (const peer of ["batch/job", "shop/db", "batch", "shop"])
    assert.equal(shut(`opened:${peer}`, opened), true, peer);
  assert.equal(shut("opened:shop/web", opened), false);
});

test("world covers every peer outside the cluster, and no node", () => {
  assert.equal(shut("opened:world", report([edge("world", "shop/db")])), true);
  assert.equal(shut("opened:world", report([edge("shop/db", "10.0.0.0/8")])), true);
  assert.equal(shut("opened:world", report([edge("internet", "shop/db")])), true);
  assert.equal(shut("opened:world", report([edge("host", "shop/db")])), false);
});

test("plaintext covers edges that open without mTLS or lose it", () => {
  const verdict = (allowed: boolean, mtls: boolean): Verdict => ({
    ...{ from: "shop/web", to: "shop/db", proto: "TCP", port: 80, egress: "allowed", wire: { port: 80, mtls } },
    ingress: allowed ? "allowed" : "denied",
    allowed,
  });
  const change = (before: Verdict | undefined, after: Verdict): Change => ({
    ...edge("shop/web", "shop/db"),
    ...(before !== undefined && { before }),
    after,
  });
  const opened = (before: Verdict | undefined, after: Verdict, gate = "plaintext") =>
    shut(gate, report([change(before, after)]));
  assert.equal(opened(verdict(false, false), verdict(true, false)), true);
  assert.equal(opened(undefined, verdict(true, false)), true);
  assert.equal(opened(verdict(false, true), verdict(true, true)), false, "it opens with mTLS");
  assert.equal(opened(undefined, verdict(true, false), "plaintext:shop"), true);
  assert.equal(opened(undefined, verdict(true, false), "plaintext:world"), false);
  assert.equal(opened(verdict(true, false), verdict(true, false)), true, "more requests of it");
  assert.equal(opened(verdict(true, true), verdict(true, true)), false, "more requests of it, with mTLS");
  const { diff, ...rest } = report([]);
  const lost = { ...rest, diff: { ...diff, changed: [change(verdict(true, true), verdict(true, false))] } };
  assert.equal(shut("plaintext", lost), true);
  const gained = { ...rest, diff: { ...diff, changed: [change(verdict(true, false), verdict(true, true))] } };
  assert.equal(shut("plaintext", gained), false);
});

test("refused covers policies that Cilium newly refuses", () => {
  const note = { policy: "CiliumNetworkPolicy shop/p", kind: "CiliumNetworkPolicy", name: "p", reason: "r" };
  assert.deepEqual([shut("refused", report([], [], [note])), shut("refused", report([]))], [true, false]);
});

test("a peer may contain colons, as IPv6 blocks do", () => {
  assert.deepEqual(parseGate("opened:2001:db8::/32"), [{ what: "opened", peer: "2001:db8::/32" }]);
});

test("refuses an unknown gate, and finds gates that could never fail", () => {
  for (const text of ["", "widened", "opened:", "refused:shop", "Opened"]) assert.throws(() => parseGate(text), text);
  const gates = ["opened:shpo", "opened:shop", "closed:world", "opened"].flatMap((text) => parseGate(text));
  assert.deepEqual(idleGates(gates, endpoints), [{ what: "opened", peer: "shpo" }]);
});
