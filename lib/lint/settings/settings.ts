import ignore from "ignore";
import type { Severity } from "../finding";
import type { LocatedFinding } from "../located";

/** What a project wants of lint. */
export interface LintSettings {
  /** By the rule's name. Default: as the rule has it. */
  rules: ReadonlyMap<string, RuleSettings>;
  /** Paths to leave out, in the syntax of .gitignore. */
  ignore: readonly string[];
  /** Other clusters of the mesh, which every command asks about. Default: none. */
  clusters?: readonly string[];
}

export interface RuleSettings {
  /** `off`: the rule says nothing. Default: the rule's own. */
  severity?: Severity | "off";
  /** Paths that the rule leaves out, in the syntax of .gitignore. */
  ignore?: readonly string[];
}

export const defaultSettings: LintSettings = { rules: new Map(), ignore: [] };

/**
 * Findings as a project wants them.
 *
 * @param relative The path of a file from the folder of the settings; undefined where it is not below it, or is no file.
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
