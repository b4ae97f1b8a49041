import { didYouMean } from "../../common/did-you-mean";
import type { Position } from "../../common/problem";
import { type FindingData, type RuleDoc, Severity } from "../finding";
import type { LocatedFinding } from "../located";
import { rules } from "../rules";
import type { Ignore } from "./ignore";
import { unexplainedIgnore, unusedIgnore } from "./rules";

/** The findings that no ignore covers, with findings about the ignores themselves; and the silenced findings. */
export function withIgnores(
  findings: readonly LocatedFinding[],
  ignores: readonly Ignore[],
): { findings: LocatedFinding[]; silenced: LocatedFinding[] } {
  const used = new Set<string>();
  const silenced: LocatedFinding[] = [];
  const remaining = findings.filter((finding) => {
    const silencing = ignores.filter((ignore) => ignore.rules.includes(finding.rule) && isAbout(ignore, finding));
    for (const ignore of silencing) used.add(keyOf(ignore, finding.rule));
    if (silencing.length > 0) silenced.push(finding);
    return silencing.length === 0;
  });
  const aboutIgnores = ignores.flatMap((ignore) => faultsOf(ignore, (rule) => used.has(keyOf(ignore, rule))));
  return { findings: [...remaining, ...aboutIgnores], silenced };
}

const keyOf = ({ place }: Ignore, rule: string) => JSON.stringify([place.file, place.line, place.column, rule]);

function isAbout({ about }: Ignore, finding: LocatedFinding): boolean {
  if ("object" in about) return about.object === finding.object;
  const { file, line, column = 1 } = finding;
  if (file !== about.file || line === undefined) return false;
  const at = { line, column };
  return !isBefore(at, about.from) && isBefore(at, about.to);
}

const isBefore = (a: Position, b: Position) => a.line < b.line || (a.line === b.line && a.column < b.column);

function faultsOf(ignore: Ignore, isUsed: (rule: string) => boolean): LocatedFinding[] {
  const { rules: names, reason, about } = ignore;
  const what = "object" in about ? about.object : "a comment";
  const finding = (
    { id, ...rule }: RuleDoc,
    data: FindingData,
    message: string,
    { severity = rule.severity, fix = rule.fix }: Partial<Pick<RuleDoc, "severity" | "fix">> = {},
  ): LocatedFinding => ({ rule: id, severity, object: what, path: [], data, message, fix, ...ignore.place });
  if (names.length === 0) return [finding(unusedIgnore, {}, "names no rule, so it has no effect")];
  const unused = names.flatMap((name) => {
    if (isUsed(name)) return [];
    const rule = rules.find(({ id }) => id === name);
    if (rule === undefined) {
      const known = rules.map(({ id }) => id);
      const fix = "Correct the name, or delete it.";
      return [finding(unusedIgnore, { rule: name }, `there is no rule "${name}"${didYouMean(name, known)}`, { fix })];
    }
    const severity = rule.scope === "policy" ? unusedIgnore.severity : Severity.Info;
    return [finding(unusedIgnore, { rule: name }, `there is no finding of ${name} here`, { severity })];
  });
  const unexplained =
    reason === undefined
      ? [finding(unexplainedIgnore, { rules: names }, `does not say why ${names.join(", ")} is ignored`)]
      : [];
  return [...unused, ...unexplained];
}
