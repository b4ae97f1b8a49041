import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatPath, formatProblem } from "../../lib/common/problem";
import { readManifests } from "../../lib/input/manifests/read";
import { type LintRule, lint } from "../../lib/lint";
import type { LintFacts } from "../../lib/scenario/lint-facts";
import type { Scenario } from "../../lib/scenario/scenario";
import type { TransportMode } from "../../lib/scenario/transport-mode";
import { Identities } from "./identities";
import { scenario } from "./scenario";

/** A policy's `spec` as YAML, with its kind and metadata. Default: a CiliumNetworkPolicy in `demo`. */
interface Spec {
  spec: string;
  clusterwide?: boolean;
  namespace?: string;
  annotations?: Record<string, string>;
}

/** A policy without findings of a rule, in the cluster of `scenario.ts`. */
export interface PassingCase extends Spec {
  what: string;
  mode?: TransportMode;
  /** Changes of the cluster. */
  cluster?: (scenario: Scenario) => Scenario;
  /** Facts about the cluster that only lint uses. */
  facts?: LintFacts;
  /** Other policies of the cluster, whose findings are ignored. */
  beside?: Spec[];
}

/** A policy with findings. */
export interface FindingCase extends PassingCase {
  /** Path and part of the message of each finding, in order. */
  finds: [[path: string, message: RegExp], ...[path: string, message: RegExp][]];
}

/** Cases that a rule must find, and near misses that it must not. */
export interface RuleCases {
  finds: [FindingCase, ...FindingCase[]];
  passes: [PassingCase, ...PassingCase[]];
}

/** Tests a rule of lint on its cases. */
export function testRule(rule: LintRule, { finds, passes }: RuleCases): void {
  const identities = new Identities();
  describe(`lint rule ${rule.id}`, () => {
    for (const row of finds)
      it(`finds: ${row.what}`, () => {
        const findings = findingsOf(rule, row);
        identities.check(findings);
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
