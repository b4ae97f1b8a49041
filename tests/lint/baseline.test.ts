import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readManifests } from "../../lib/input/manifests/read";
import { baselineOf, readBaseline } from "../../lib/lint/baseline";
import { withoutKnown } from "../../lib/lint/identity";
import { anyProject, lintManifests } from "../../lib/lint/lint-manifests";
import { evaluate } from "../../lib/manifests/evaluate";

function findingsOf(text: string, file = "p.yaml") {
  return lintManifests(evaluate(readManifests([{ file, text }]), { namespace: "default" }), anyProject).findings;
}

const policy = (...ports: string[]) => `apiVersion: cilium.io/v2
kind: CiliumNetworkPolicy
metadata: {name: p, namespace: shop}
spec:
  endpointSelector: {}
  ingress:
${ports.map((port) => `    - toPorts: [{ports: [{port: "${port}"}]}]\n`).join("")}`;

function compared(before: string, after: string, file?: string) {
  const { known, problems } = readBaseline(baselineOf(findingsOf(before)), "baseline.json");
  assert.deepEqual(problems, []);
  const findings = findingsOf(after, file);
  const { fresh, gone } = withoutKnown(findings, known);
  return { lines: fresh.map(({ line }) => line), known: findings.length - fresh.length, gone };
}

describe("a baseline", () => {
  it("knows findings after they move", () => {
    const was = policy("80", "81");
    assert.deepEqual(compared(was, was), { lines: [], known: 2, gone: 0 });
    const moved = `# a comment above\n\n${policy("81", "80")}`;
    assert.deepEqual(compared(was, moved, "elsewhere/q.yaml"), { lines: [], known: 2, gone: 0 });
  });

  it("knows a finding whose message is worded differently", () => {
    const findings = findingsOf(policy("80"));
    const { known } = readBaseline(baselineOf(findings), "baseline.json");
    const reworded = findings.map((finding) => ({ ...finding, message: "said better", fix: "and shorter" }));
    assert.deepEqual(withoutKnown(reworded, known), { fresh: [], gone: 0 });
  });

  it("knows a finding whose facts come in another order", () => {
    const [finding] = findingsOf(policy("80"));
    assert.ok(finding);
    const known = { ...finding, data: { pods: ["shop/a", "shop/b"], port: 80 } };
    const { known: counts } = readBaseline(baselineOf([known]), "baseline.json");
    const reordered = { ...finding, data: { port: 80, pods: ["shop/b", "shop/a"] } };
    assert.deepEqual(withoutKnown([reordered], counts), { fresh: [], gone: 0 });
  });

  it("does not know a finding with other facts at the same path", () => {
    assert.deepEqual(compared(policy("80"), policy("81")), { lines: [7], known: 0, gone: 1 });
  });

  it("does not know an additional equal finding, and counts findings that are gone", () => {
    assert.deepEqual(compared(policy("80"), policy("80", "80")), { lines: [8], known: 1, gone: 0 });
    assert.deepEqual(compared(policy("80", "80"), policy("80")), { lines: [], known: 1, gone: 1 });
  });

  it("has the same text for the same findings in any order", () => {
    const findings = [...findingsOf(policy("80", "81")), ...findingsOf(policy("0"))];
    assert.equal(baselineOf(findings), baselineOf([...findings].reverse()));
  });

  it("of an older version says how to recreate it", () => {
    const [problem] = readBaseline('{"version": 1, "findings": []}', "baseline.json").problems;
    assert.match(problem?.message ?? "", /^recognizes findings by their messages/);
    assert.match(problem?.fix ?? "", /--update-baseline/);
  });

  for (const [what, text] of [
    ["no JSON", "{"],
    ["of another version", '{"version": 3, "findings": []}'],
    ["something else", "[]"],
    [
      "of messages",
      '{"version": 1, "findings": [{"rule": "x", "object": "", "path": "", "message": "m", "count": 1}]}',
    ],
    ["without data", '{"version": 2, "findings": [{"rule": "x", "object": "", "path": "", "count": 1}]}'],
  ] as const)
    it(`that is ${what} is a problem, and knows no finding`, () => {
      const { known, problems } = readBaseline(text, "baseline.json");
      assert.deepEqual([known.size, problems.length, problems[0]?.file], [0, 1, "baseline.json"]);
    });
});
