import * as pulumi from "@pulumi/pulumi";
import type { PolicyManifest } from "../../cilium/api/policy";
import type { Scenario } from "../../scenario/scenario";

/** Components that have warned of all policies below them, of which they know more than each policy of itself. */
const warned = new WeakSet<pulumi.Resource>();

/**
 * Logs what lint finds in a component's policies, beside the component in the preview: what they do, why, and what to write instead.
 * Only errors and warnings, each once. To be called before the policies are created, so that children leave it to the component.
 *
 * @param scenario The cluster. Where it is not known, only rules apply whose findings hold in any.
 */
export function warnOfTraps(
  component: pulumi.Resource,
  parent: pulumi.Resource | undefined,
  policies: readonly PolicyManifest[],
  scenario?: Scenario,
): void {
  if (!answersForItself(component, parent)) return;
  logTraps(component, policies, scenario);
}

/** Whether a component is to warn of its policies, and not the component that it is part of. To be called before its children are created. */
export function answersForItself(component: pulumi.Resource, parent: pulumi.Resource | undefined): boolean {
  warned.add(component);
  return parent === undefined || !warned.has(parent);
}

/** Logs what lint finds, beside the component. */
export function logTraps(component: pulumi.Resource, policies: readonly PolicyManifest[], scenario?: Scenario): void {
  for (const message of trapsOf(policies, scenario)) void pulumi.log.warn(message, component);
}

function trapsOf(policies: readonly PolicyManifest[], scenario: Scenario | undefined): Set<string> {
  // Loaded on demand, so that programs that only use other components do not pay for it.
  const { lint, rules, rulesOfOnePolicy } = require("../../lint") as typeof import("../../lint");
  const findings = lint(policies, scenario ?? { endpoints: [] }, {
    rules: scenario === undefined ? rulesOfOnePolicy : rules,
  });
  const why = new Map(rules.map((rule) => [rule.id, rule.why]));
  return new Set(
    findings
      .filter(({ severity }) => severity !== "info")
      .map(({ rule, object, message, fix }) => `${object}: ${message} (${rule})\nWhy: ${why.get(rule)}\nFix: ${fix}`),
  );
}
