import { lint } from "../lint/lint";
import type { LocatedFinding } from "../report/findings";
import type { Evaluated } from "./input";

/** What lint finds, each with the line of the file that it is about. */
export function findingsOf({ policies, scenario }: Evaluated): LocatedFinding[] {
  const manifests = policies.map(({ manifest }) => manifest);
  // A selector that means nobody who is known is a finding, whoever stands for those that it may mean.
  const endpoints = scenario.endpoints.filter(({ representative }) => representative === undefined);
  return lint(manifests, { ...scenario, endpoints }).map((finding) => {
    const { document, written } = policies[finding.policy] ?? {};
    const path = written?.(finding.path) ?? finding.path;
    return { ...finding, path, file: document?.file ?? "", ...document?.position(finding.path) };
  });
}
