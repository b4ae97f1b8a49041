import assert from "node:assert/strict";
import { test } from "node:test";
import { gateFixes } from "../../lib/cli/gates/fixes";
import { failedGates } from "../../lib/cli/gates/gates";
import { manifestsOf } from "../../lib/cli/input/manifests";
import { parseGate } from "../../lib/cli/options/gates";
import { lineLimit } from "../../lib/cli/output/print";
import { diffReport } from "../../lib/cli/reports/diff";
import { reachReport } from "../../lib/cli/reports/reach";

import { evaluateBoth } from "../../lib/manifests/evaluate";
import { diffText } from "../../lib/report/diff/diff-text";
import { TERMINAL_LINES } from "../../lib/report/folded";
import { reachText } from "../../lib/report/reach/reach-text";

/** Forty workloads in four namespaces, each with a policy of its own. */
function repository(peer: (place: number) => string): string {
  return Array.from({ length: 40 }, (_, place) => {
    const metadata = `metadata: {name: w${place}, namespace: team-${place % 4}}`;
    const labels = `{app: w${place}}`;
    return [
      `{apiVersion: apps/v1, kind: Deployment, ${metadata}, spec: {template: {metadata: {labels: ${labels}}, spec: {containers: [{name: c, image: i, ports: [{containerPort: ${8000 + place}}]}]}}}}`,
      `{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, ${metadata}, spec: {endpointSelector: {matchLabels: ${labels}}, ingress: [{${peer(place)}, toPorts: [{ports: [{port: "${8000 + place}", protocol: TCP}]}]}]}}`,
    ];
  })
    .flat()
    .join("\n---\n");
}

const sidesOf = () => {
  const [was, is] = [
    (place: number) => `fromEndpoints: [{matchLabels: {app: w${(place + 4) % 40}}}]`,
    (place: number) => (place % 2 === 0 ? "fromEntities: [world]" : `fromCIDR: [10.${place}.0.0/16]`),
  ].map((peer) => manifestsOf([{ file: "all.yaml", text: repository(peer) }], { namespace: "default" }));
  assert.ok(was !== undefined && is !== undefined);
  return evaluateBoth(was, is, { namespace: "default" });
};
const count = (text: string) => text.trimEnd().split("\n").length;

test("on a terminal, reach limits its lines and says what it folds", () => {
  const report = reachReport(sidesOf().before);
  const whole = reachText(report);
  assert.ok(count(whole) > 2 * TERMINAL_LINES, "it is long");
  const short = reachText(report, undefined, TERMINAL_LINES);
  assert.ok(count(short) <= TERMINAL_LINES, `${count(short)} lines`);
  assert.ok(count(short) > TERMINAL_LINES / 2, `${count(short)} lines`);
  assert.match(short, /^Folded: \d+ more destinations of \d namespaces\. --verbose shows all of them;/m);
  assert.deepEqual(short.split("\n").slice(0, 20), whole.split("\n").slice(0, 20));
  assert.equal(reachText(report, undefined, count(whole)), whole, "what fits is whole");
});

test("on a terminal, diff limits its lines, with opened edges and some fixes first", () => {
  const sides = sidesOf();
  const report = diffReport(sides, { before: "a", after: "b" });
  const gates = parseGate("opened");
  report.fixes = gateFixes(failedGates(gates, report), report, sides);
  const whole = diffText(report);
  assert.ok(count(whole) > 2 * TERMINAL_LINES, "it is long");
  const short = diffText(report, undefined, TERMINAL_LINES);
  assert.ok(count(short) <= TERMINAL_LINES, `${count(short)} lines`);
  assert.ok(count(short) > TERMINAL_LINES / 2, `${count(short)} lines`);
  assert.match(short, /^Folded: \d+ more opened rows, \d+ more closed rows/m);
  assert.match(short, /^To close /m);
  assert.equal(diffText(report, undefined, count(whole)), whole, "what fits is whole");
});

test("folds nothing in a file, a pipe or with --verbose", () => {
  assert.equal(lineLimit({ isTTY: true }), TERMINAL_LINES);
  assert.equal(lineLimit({ isTTY: true }, true), undefined);
  assert.equal(lineLimit({ isTTY: false }), undefined);
});
