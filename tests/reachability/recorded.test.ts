import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { stringify } from "yaml";
import { compile, type Flow, type RefusedPolicy } from "../../lib/reachability";
import { evaluated } from "../oracle/oracle";
import { some } from "../support/runs";
import { CASES, digest, readCase, SAMPLE, sampledCases, sampledTiers, TIERS } from "./recorded";

interface Expected {
  refused: Omit<RefusedPolicy, "problems">[];
  results: (Flow & {
    egress: string;
    ingress: string;
    allowed: boolean;
    egressRules?: string[];
    ingressRules?: string[];
    l7?: boolean;
  })[];
}

for (const file of readdirSync(CASES).filter((name) => name.endsWith(".yaml"))) {
  test(`as Cilium answered: ${file.replace(/\.yaml$/, "").replaceAll("-", " ")}`, () => {
    const { scenario, policies } = readCase(file);
    const expected = JSON.parse(
      readFileSync(path.join(CASES, file.replace(/\.yaml$/, ".expected.json")), "utf8"),
    ) as Expected;
    // The policy map allows traffic that requires authentication; agents then carry it out, or not.
    const authenticating = { ...scenario, cluster: { ...scenario.cluster, mutualAuthentication: true } };
    const reachability = compile(evaluated({ policies }), authenticating, { undecided: "no match" });
    assert.deepEqual(
      reachability.refused.map(({ problems: _, ...policy }) => policy),
      expected.refused,
    );
    assert.ok(expected.results.length > 0);
    for (const { from, to, proto, port, ...line } of expected.results) {
      const { unknown, authenticates = [], ...given } = reachability.verdict({ from, to, proto, port });
      const ends = Object.fromEntries(authenticates.map((end) => [end, "allowed"]));
      const ours = { ...given, ...ends };
      if (authenticates.length > 0) ours.allowed = ours.egress !== "denied" && ours.ingress !== "denied";
      const cannot = (end: string) => end.startsWith("error: ");
      const theirs = {
        ...line,
        egress: cannot(line.egress) ? "unknown" : line.egress,
        ingress: cannot(line.ingress) ? "unknown" : line.ingress,
      };
      assert.deepEqual(ours, { from, to, proto, port, ...theirs }, `${from} -> ${to} ${proto} ${port}`);
      assert.equal(unknown !== undefined, cannot(line.egress) || cannot(line.ingress));
    }
  });
}

test("the block of all addresses matches no node, not even one without an address", () => {
  const { scenario, policies } = readCase("all-addresses-are-no-node.yaml");
  const verdict = compile(evaluated({ policies }), scenario).verdict({
    ...{ from: "api", to: "some-node", proto: "TCP", port: 443 },
  });
  assert.deepEqual([verdict.egress, verdict.unknown], ["denied", undefined]);
});

test("as Cilium answered: a sample of random cases", () => {
  const expected = JSON.parse(readFileSync(SAMPLE, "utf8")) as [string, string, string][];
  const cases = sampledCases();
  assert.equal(cases.length, expected.length, "the sample has changed; record it again with tests/oracle/record.ts");
  for (const [index, { policies, scenario }] of some([...cases.entries()])) {
    const reachability = compile(evaluated({ policies }), scenario, { undecided: "no match" });
    const refused = reachability.refused.map(({ kind, namespace = "", name }) => `${kind} ${namespace} ${name}`);
    const ours = digest(refused, [...reachability.verdicts()]);
    assert.deepEqual(ours, expected[index], `case ${index}:\n${stringify({ scenario, policies })}`);
  }
});

test("as Cilium answered: a sample of random cases with tiers", () => {
  const expected = JSON.parse(readFileSync(TIERS, "utf8")) as [string, string][];
  const cases = sampledTiers();
  assert.equal(cases.length, expected.length, "the sample has changed; record it again with tests/oracle/record.ts");
  for (const [index, { policies, scenario }] of some([...cases.entries()])) {
    const reachability = compile(evaluated({ policies }), scenario, { undecided: "no match" });
    const refused = reachability.refused.map(({ kind, namespace = "", name }) => `${kind} ${namespace} ${name}`);
    const [names, verdicts] = digest(refused, [...reachability.verdicts()]);
    assert.deepEqual([names, verdicts], expected[index], `case ${index}:\n${stringify({ scenario, policies })}`);
  }
});
