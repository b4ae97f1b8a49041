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
  /** What is known of the cluster beside it. */
  lintFacts: LintFacts;
  /** What comments say to meshfence. */
  comments: () => readonly LocatedComment[];
  /** Which of the policies Cilium refuses, as far as that was asked. */
  refusals?: RefusalCache;
}

/** What a project wants of lint, and where its files are. */
export interface LintProject {
  settings: LintSettings;
  /** The path of a file from the folder of the settings; undefined where it is not below it, or is no file. */
  relative: (file: string) => string | undefined;
}

/** A project that wants nothing of its own. */
export const anyProject: LintProject = { settings: defaultSettings, relative: () => undefined };

/** What lint finds in manifests, each with its place, without what is ignored; and what comments and annotations silence of it. */
export function lintManifests(
  input: LintInput,
  { settings, relative }: LintProject,
): { findings: LocatedFinding[]; silenced: LocatedFinding[] } {
  const { policies, scenario, lintFacts, comments, refusals } = input;
  const manifests = policies.map(({ manifest }) => manifest);
  // A selector that means nobody who is known is a finding, whoever stands for those that it may mean.
  const endpoints = scenario.endpoints.filter(
    ({ representative, led, otherwise }) =>
      representative === undefined || (led !== undefined && otherwise === undefined),
  );
  const nulls = new Map(policies.map((policy, index) => [index, policy.nulls]));
  const known = { facts: lintFacts, nulls, ...(refusals && { refusals }) };
  const all = lint(manifests, { ...scenario, endpoints }, known).map((finding) => located(finding, input));
  const { findings, silenced } = withIgnores(once(all), ignoresOf(input, comments()));
  return { findings: withSettings(findings, settings, relative), silenced };
}

/** What is written once and evaluated several times, as a port of a NetworkPolicy is, is found once. */
function once(findings: readonly LocatedFinding[]): LocatedFinding[] {
  const keyOf = ({ rule, object, file, line, column, path, message }: LocatedFinding) =>
    JSON.stringify([rule, object, file, line, column, path, message]);
  return [...new Map(findings.map((finding) => [keyOf(finding), finding])).values()];
}
