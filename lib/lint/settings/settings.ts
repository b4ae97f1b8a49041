import ignore from "ignore";
import type { Severity } from "../finding";
import type { LocatedFinding } from "../located";

/** A project's settings for lint. */
export interface LintSettings {
  /** Settings by rule id. */
  rules: ReadonlyMap<string, RuleSettings>;
  /** Paths to ignore, in the syntax of .gitignore. */
  ignore: readonly string[];
  /** Other clusters of the mesh, which every command evaluates. Default: none. */
  clusters?: readonly string[];
}

/** A project's settings for one rule. */
export interface RuleSettings {
  /** `off` turns the rule off. Default: the rule's own severity. */
  severity?: Severity | "off";
  /** Paths that the rule ignores, in the syntax of .gitignore. Default: none. */
  ignore?: readonly string[];
}

export const defaultSettings: LintSettings = { rules: new Map(), ignore: [] };

/**
 * Applies a project's settings to findings.
 *
 * @param relative The path of a file relative to the folder of the settings; undefined if it is not below that folder, or not a file.
 */
export function withSettings(
  findings: readonly LocatedFinding[],
  settings: LintSettings,
  relative: (file: string) => string | undefined,
): LocatedFinding[] {
  const everywhere = ignored(settings.ignore);
  const byRule = new Map([...settings.rules].map(([rule, { ignore = [] }]) => [rule, ignored(ignore)]));
  return findings.flatMap((finding) => {
    const { severity = finding.severity } = settings.rules.get(finding.rule) ?? {};
    const file = relative(finding.file);
    const isIgnored = file !== undefined && (everywhere(file) || byRule.get(finding.rule)?.(file) === true);
    return severity === "off" || isIgnored ? [] : [{ ...finding, severity }];
  });
}

function ignored(patterns: readonly string[]): (file: string) => boolean {
  const matcher = ignore().add([...patterns]);
  return (file) => ignore.isPathValid(file) && matcher.ignores(file);
}
