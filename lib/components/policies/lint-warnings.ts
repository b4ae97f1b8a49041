import * as pulumi from "@pulumi/pulumi";
import type { PolicyManifest } from "../../cilium/api/policy";
import type { Scenario } from "../../scenario/scenario";

/** Components that warn on behalf of their children, because they know more than each policy does. */
const warned = new WeakSet<pulumi.Resource>();

/**
 * Logs what lint finds in a component's policies, at the component in the preview: what they do, why, and what to write instead.
 * Only errors and warnings, each once. Call it before creating the policies, so that children leave it to the component.
 *
 * @param scenario The cluster. Default: unknown, so that only rules apply whose findings hold in any cluster.
 */
export function warnOfTraps(
  component: pulumi.Resource,
  parent: pulumi.Resource | undefined,
  policies: readonly PolicyManifest[],
  scenario?: Scenario,
): void {
  if (!warnsForItself(component, parent)) return;
  logTraps(component, policies, scenario);
}

/** Whether a component itself warns of its policies, rather than the component that contains it. Call it before creating its children. */
export function warnsForItself(component: pulumi.Resource, parent: pulumi.Resource | undefined): boolean {
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
