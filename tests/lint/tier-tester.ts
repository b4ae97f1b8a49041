import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatPath } from "../../lib/common/problem";
import type { LintRule } from "../../lib/lint";
import { lintManifests } from "../../lib/manifests";

/** The agent's setting for ClusterNetworkPolicies. */
export const agent = (reads: boolean) =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cilium-config, namespace: kube-system}\ndata: {enable-k8s-cluster-network-policy: "${reads}"}\n`;

/** A ClusterNetworkPolicy. The given part of its spec starts on line 6. */
export const tiered = (...spec: string[]) =>
  `apiVersion: policy.networking.k8s.io/v1alpha2\nkind: ClusterNetworkPolicy\nmetadata: {name: k}\nspec:\n  priority: 1\n${spec.map((line) => `  ${line}\n`).join("")}`;

/** Documents of one file, and the findings of a rule in them: object, path and line. */
export interface TierCase {
  what: string;
  texts: string[];
  finds: string[];
}

/** Tests a rule of lint on manifests with ClusterNetworkPolicies. */
export function testTierRule(rule: LintRule, cases: readonly TierCase[]): void {
  describe(`lint rule ${rule.id}, with tiers`, () => {
    for (const { what, texts, finds } of cases)
      it(`${finds.length > 0 ? "finds" : "passes"}: ${what}`, () => {
        const { findings } = lintManifests([{ file: "k.yaml", text: texts.join("---\n") }]);
        const own = findings.filter((finding) => finding.rule === rule.id);
        assert.deepEqual(
          own.map(({ object, path, line }) => `${object} ${formatPath(path)} ${line}`),
          finds,
        );
      });
  });
}
