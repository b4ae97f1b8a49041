import { lint } from "../lint/lint";
import type { LocatedFinding } from "../report/findings";
import type { Evaluated } from "./input";

/** What lint finds, each with the line of the file that it is about. */
export function findingsOf({ policies, scenario }: Evaluated): LocatedFinding[] {
  const manifests = policies.map(({ manifest }) => manifest);
  // A selector that means nobody who is known is a finding, whoever stands for those that it may mean.
  const endpoints = scenario.endpoints.filter(({ representative }) => representative === undefined);
  const nulls = new Map(policies.map((policy, index) => [index, policy.nulls]));
  return lint(manifests, { ...scenario, endpoints }, undefined, nulls).map((finding) => {
    const { document, source, written } = policies[finding.policy] ?? {};
    const path = (finding.asWritten ? undefined : written?.(finding.path)) ?? finding.path;
    const at = finding.asWritten ? source : document;
    return { ...finding, path, file: at?.file ?? "", ...at?.position(finding.path) };
  });
}
