import type { RefusalCache } from "../cilium/api/refusal-cache";
import type { LocatedComment } from "../input/manifests/document";
import type { LintFacts } from "../scenario/lint-facts";
import type { Scenario } from "../scenario/scenario";
import { withIgnores } from "./ignores/apply";
import { ignoresOf } from "./ignores/collect";
import { lint } from "./lint";
import { type Located, type LocatedFinding, located } from "./located";
import { defaultSettings, type LintSettings, withSettings } from "./settings/settings";

/** Manifests, and the cluster that they describe. */
export interface LintInput extends Located {
  scenario: Scenario;
  /** Facts about the cluster that the scenario lacks. */
  lintFacts: LintFacts;
  /** The comments that address meshfence. */
  comments: () => readonly LocatedComment[];
  /** The known refusals of policies. */
  refusals?: RefusalCache;
}

/** A project's settings for lint, and how to find files relative to them. */
export interface LintProject {
  settings: LintSettings;
  /** The path of a file relative to the folder of the settings; undefined if it is not below that folder, or not a file. */
  relative: (file: string) => string | undefined;
}

/** A project without settings. */
export const anyProject: LintProject = { settings: defaultSettings, relative: () => undefined };

/** The findings in manifests that nothing ignores, with their places; and those that comments and annotations silence. */
export function lintManifests(
  input: LintInput,
  { settings, relative }: LintProject,
): { findings: LocatedFinding[]; silenced: LocatedFinding[] } {
  const { policies, scenario, lintFacts, comments, refusals } = input;
  const manifests = policies.map(({ manifest }) => manifest);
  // Leave representatives out: a selector that selects only them selects no known endpoint, which is a finding.
  const endpoints = scenario.endpoints.filter(
    ({ representative, forwardedTo, block }) =>
      representative === undefined || (forwardedTo !== undefined && block === undefined),
  );
  const nulls = new Map(policies.map((policy, index) => [index, policy.nulls]));
  const known = { facts: lintFacts, nulls, ...(refusals && { refusals }) };
  const all = lint(manifests, { ...scenario, endpoints }, known).map((finding) => located(finding, input));
  const { findings, silenced } = withIgnores(once(all), ignoresOf(input, comments()));
  return { findings: withSettings(findings, settings, relative), silenced };
}

/** Removes duplicates: a part that is written once may be evaluated several times, such as a port of a NetworkPolicy. */
function once(findings: readonly LocatedFinding[]): LocatedFinding[] {
  const keyOf = ({ rule, object, file, line, column, path, data }: LocatedFinding) =>
    JSON.stringify([rule, object, file, line, column, path, data]);
  return [...new Map(findings.map((finding) => [keyOf(finding), finding])).values()];
}
