import { fqdnLabels } from "../../cilium/api/fqdn-patterns";
import type { EvaluatedPolicy } from "../../cilium/api/policy";
import type { Scenario } from "../../scenario/scenario";

/**
 * A scenario in which only those DNS names are names whose addresses Cilium can learn: it learns them from answers that pass its DNS proxy, and they
 * pass it only where a rule has `rules.dns` that lets the name be asked for. The others are addresses of the world, which `toFQDNs` never matches.
 *
 * @param policies Those that are in force.
 */
export function withLearnedNames(scenario: Scenario, policies: readonly EvaluatedPolicy[]): Scenario {
  const patterns = policies
    .flatMap(({ spec, specs = [] }) => [...(spec ? [spec] : []), ...specs])
    .flatMap(({ egress }) => egress ?? [])
    .flatMap((item) => item?.toPorts ?? [])
    .flatMap((entry) => entry?.rules?.dns ?? [])
    .flatMap((rule) => rule?.matchName || rule?.matchPattern || []);
  const isLearned = (name: string) => fqdnLabels(name, patterns).length > 0;
  const endpoints = scenario.endpoints.map((endpoint) => {
    const { fqdn, ...address } = endpoint;
    return fqdn === undefined || isLearned(fqdn) ? endpoint : address;
  });
  return { ...scenario, endpoints };
}
