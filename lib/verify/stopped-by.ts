import type { EvaluatedPolicy } from "../cilium/api/policy";
import { selects } from "../cilium/api/selector";
import { policyEntries, policyNamespace } from "../cilium/policy/entries";
import { podLabels } from "../cilium/policy/identity";
import type { Verdict } from "../reachability/verdict";
import { linkerdWords } from "../reachability/words";
import type { EndpointFacts, Scenario } from "../scenario/scenario";

/**
 * The policies that are predicted to stop a flow. A default deny has no rule that a verdict could name, so for it these are the policies that
 * select the pod and do not allow the flow.
 *
 * @returns A function that describes them for one verdict: `shop/db allows no such ingress`.
 */
export function stoppedBy(
  policies: readonly EvaluatedPolicy[],
  scenario: Scenario,
): (verdict: Verdict) => string | undefined {
  const entries = policies.flatMap((policy, index) =>
    policyEntries(policy, index, scenario).filter(({ node, defaultDeny }) => !node && defaultDeny),
  );
  const endpoints = new Map(scenario.endpoints.map((endpoint) => [endpoint.id, endpoint]));
  const cutting = (endpoint: EndpointFacts | undefined, direction: "ingress" | "egress"): string[] => {
    if (endpoint === undefined) return [];
    const labels = podLabels(endpoint, scenario);
    const found = entries.filter((entry) => entry.direction === direction && selects(entry.subject, labels));
    return [...new Set(found.map(({ policy }) => nameOf(policies[policy])))].sort();
  };
  return (verdict) => {
    const parts = ends.flatMap(([direction, end]): string[] => {
      if (verdict[direction] !== "denied") return [];
      const denying = (direction === "ingress" ? verdict.ingressRules : verdict.egressRules) ?? [];
      if (denying.length > 0) return [`${denying.join(", ")} denies its ${direction}`];
      const names = cutting(endpoints.get(verdict[end]), direction);
      if (names.length === 0) return [];
      return [`${names.join(", ")} ${names.length === 1 ? "allows" : "allow"} no such ${direction}`];
    });
    const { linkerd } = verdict;
    if (parts.length === 0 && linkerd?.verdict === "denied") parts.push(`Linkerd: ${linkerdWords(linkerd)}`);
    return parts.length === 0 ? undefined : parts.join("; ");
  };
}

const ends = [
  ["ingress", "to"],
  ["egress", "from"],
] as const;

function nameOf(policy: EvaluatedPolicy | undefined): string {
  if (policy === undefined) return "";
  const namespace = policyNamespace(policy);
  return namespace === undefined ? policy.metadata.name : `${namespace}/${policy.metadata.name}`;
}
