import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatPath, formatProblem } from "../../lib/common/problem";
import { readManifests } from "../../lib/input/manifests/read";
import { type LintRule, lint } from "../../lib/lint";
import type { LintFacts } from "../../lib/scenario/lint-facts";
import type { Scenario } from "../../lib/scenario/scenario";
import type { TransportMode } from "../../lib/scenario/transport-mode";
import { scenario } from "./scenario";

/** A policy's `spec` as YAML, with what makes a policy of it. Default: a CiliumNetworkPolicy in `demo`. */
interface Spec {
  spec: string;
  clusterwide?: boolean;
  namespace?: string;
  annotations?: Record<string, string>;
}

/** A policy that a rule has nothing to say of, in the cluster of `scenario.ts`. */
export interface PassingCase extends Spec {
  what: string;
  mode?: TransportMode;
  /** What is otherwise in the cluster. */
  cluster?: (scenario: Scenario) => Scenario;
  /** What lint knows of the cluster beside the scenario. */
  facts?: LintFacts;
  /** Other policies of the cluster, of which nothing is asked. */
  beside?: Spec[];
}

/** A policy that it finds fault with. */
export interface FindingCase extends PassingCase {
  /** Path and a part of the message of each finding, in order. */
  finds: [[path: string, message: RegExp], ...[path: string, message: RegExp][]];
}

/** What a rule finds, and what it must not although it is as near to it as can be. */
export interface RuleCases {
  finds: [FindingCase, ...FindingCase[]];
  passes: [PassingCase, ...PassingCase[]];
}

/** Tries a rule of lint on its cases. */
export function testRule(rule: LintRule, { finds, passes }: RuleCases): void {
  describe(`lint rule ${rule.id}`, () => {
    for (const row of finds)
      it(`finds: ${row.what}`, () => {
        const findings = findingsOf(rule, row);
        const found = findings.map(({ path, message }) => `${formatPath(path)}: ${message}`).join("\n");
        assert.deepEqual(
          findings.map(({ path }) => formatPath(path)),
          row.finds.map(([path]) => path),
          found,
        );
        for (const [index, [, message]] of row.finds.entries()) assert.match(findings[index]?.message ?? "", message);
      });
    for (const row of passes) it(`passes: ${row.what}`, () => assert.deepEqual(findingsOf(rule, row), []));
  });
}

function findingsOf(rule: LintRule, row: PassingCase) {
  const policies = [row, ...(row.beside ?? [])].flatMap((spec, index) =>
    policiesOf(spec, index === 0 ? "p" : `p${index}`),
  );
  const nulls = new Map(policies.map((policy, index) => [index, policy.nulls]));
  const manifests = policies.map(({ manifest }) => manifest);
  const { cluster = (same) => same, facts = {} } = row;
  return lint(manifests, cluster(scenario(row.mode)), { rules: [rule], facts, nulls }).filter(
    ({ policy }) => policy === 0,
  );
}

function policiesOf({ spec, clusterwide, namespace = "demo", annotations }: Spec, name: string) {
  const kind = clusterwide ? "CiliumClusterwideNetworkPolicy" : "CiliumNetworkPolicy";
  const where = clusterwide || namespace === "" ? "" : `, namespace: ${namespace}`;
  const indented = spec.replace(/^/gm, "  ");
  const notes = annotations === undefined ? "" : `, annotations: ${JSON.stringify(annotations)}`;
  const text = `apiVersion: cilium.io/v2\nkind: ${kind}\nmetadata: {name: ${name}${where}${notes}}\nspec:\n${indented}\n`;
  const { policies, problems } = readManifests([{ file: "p.yaml", text }]);
  assert.equal(policies.length, 1, problems.map(formatProblem).join("\n") || text);
  return policies;
}
