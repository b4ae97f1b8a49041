import type { Place } from "../common/problem";
import type { LocatedPolicy } from "../input/manifests/policies";
import type { PolicyObject } from "../input/manifests/policy-objects";
import type { Workload } from "../input/manifests/workloads";
import type { Finding, FindingWords } from "./finding";

/** A finding of lint, with its place. */
export interface LocatedFinding extends FindingWords, Place {}

/** The possible subjects of findings, in the order given to lint. */
export interface Located {
  policies: readonly LocatedPolicy[];
  /** The objects of the scenario's `mesh.authorization`. */
  authorization: readonly PolicyObject[];
  /** The workloads of `LintFacts.workloads`. */
  workloads: readonly Pick<Workload, "source" | "endpoint">[];
}

/** Adds the file and position to a finding. */
export function located(finding: Finding, { policies, authorization, workloads }: Located): LocatedFinding {
  const { policy, linkerd, workload, asWritten, ...words } = finding;
  if (policy === undefined) {
    const { document } = (linkerd === undefined ? workloads[workload] : authorization[linkerd])?.source ?? {};
    return { ...words, file: document?.file ?? "", ...document?.position(words.path) };
  }
  const { document, source, written } = policies[policy] ?? {};
  const path = (asWritten ? undefined : written?.(words.path)) ?? words.path;
  const at = asWritten ? source : document;
  return { ...words, path, file: at?.file ?? "", ...at?.position(words.path) };
}
