import { fqdnLabels } from "../../cilium/api/fqdn-patterns";
import type { EvaluatedPolicy } from "../../cilium/api/policy";
import type { EndpointFacts, Scenario } from "../../scenario/scenario";

/**
 * Keeps only the DNS names whose addresses Cilium can learn: it learns them from DNS replies that pass its DNS proxy, which requires a rule with
 * `rules.dns` that allows the query. Other names become addresses of the world, which `toFQDNs` never matches.
 *
 * @param policies The policies in force.
 */
export function withLearnedNames(scenario: Scenario, policies: readonly EvaluatedPolicy[]): Scenario {
  const patterns = policies
    .flatMap(({ spec, specs = [] }) => [...(spec ? [spec] : []), ...specs])
    .flatMap(({ egress }) => egress ?? [])
    .flatMap((item) => item?.toPorts ?? [])
    .flatMap((entry) => entry?.rules?.dns ?? [])
    .flatMap((rule) => rule?.matchName || rule?.matchPattern || []);
  const isLearned = (name: string) => fqdnLabels(name, patterns).length > 0;
  const endpoints = scenario.endpoints.map((endpoint): EndpointFacts => {
    if (endpoint.fqdn === undefined || isLearned(endpoint.fqdn)) return endpoint;
    const { fqdn: _, ...address } = endpoint;
    return { ...address, isUnlearnedName: true };
  });
  return { ...scenario, endpoints };
}
