import { formatProblem, type Problem } from "../../common/problem";
import { writeWhole } from "../../common/whole-file";
import { readText, unreadableWords } from "../../input/files/bounded";
import { baselineOf, readBaseline } from "../../lint/baseline";
import { Severity } from "../../lint/finding";
import { withoutKnown } from "../../lint/identity";
import { lintManifests } from "../../lint/lint-manifests";
import type { LocatedFinding } from "../../lint/located";
import type { FindingsReport } from "../../report/lint/report";
import { evaluateIn, manifestsFor } from "../input/manifests";
import { type InputOptions, limitsOf } from "../options/input";
import { Exit } from "../output/exit";
import { ownVersion } from "../output/own-version";
import { print, printNotices, reportProblems, say, styleOf } from "../output/print";
import { lintProject, relativeTo } from "../settings/project";

/** How `meshfence lint` prints. */
export type LintFormat = "text" | "json" | "markdown" | "sarif" | "gitlab";

export interface LintOptions extends InputOptions {
  scenario?: string;
  plan?: boolean;
  program?: string;
  config: string[];
  stack?: string;
  format: LintFormat;
  verbose?: boolean;
  maxWarnings?: number;
  baseline?: string;
  updateBaseline?: boolean;
  settings?: string;
}

/** Runs `meshfence lint` and returns its exit status. */
export async function runLint(files: readonly string[], options: LintOptions): Promise<number> {
  const manifests = await manifestsFor(files, options);
  if (manifests === undefined) return Exit.BadInput;
  const evaluated = evaluateIn(options.scenario, manifests, options);
  if (evaluated === undefined) return Exit.BadInput;
  const project = lintProject(options.program ?? ".", options.settings, limitsOf(options));
  const { findings: all, silenced } = lintManifests(evaluated, project);
  const compared = withBaseline(all, options);
  const problems = [...project.problems, ...compared.problems, ...evaluated.problems];
  const { findings, baseline } = compared;
  const { unseen, unapplied, policies } = evaluated;
  const report: FindingsReport = {
    findings,
    problems,
    unseen,
    unapplied,
    policies: policies.length,
    ignored: silenced.length,
    baseline,
  };
  const text = await render(report, options, project.root);
  reportProblemsInShort(problems, options, text);
  printNotices(report, options.format);
  await print(text);
  if (problems.length > 0) return Exit.BadInput;
  return failsRun(findings, options) ? Exit.Found : Exit.Fine;
}

/** How many lines, on both streams together, a terminal shows without much scrolling. */
const most = 60;

/** Reports each problem with the input once; in text, only as many as fit above the findings. */
function reportProblemsInShort(problems: readonly Problem[], { format, verbose }: LintOptions, text: string): void {
  const distinct = [...new Map(problems.map((problem) => [formatProblem(problem), problem])).values()];
  const room = format === "text" && verbose !== true ? Math.max(most - text.split("\n").length, 8) : Infinity;
  const shown = distinct.length <= room ? distinct : distinct.slice(0, room - 1);
  reportProblems(shown);
  const hidden = distinct.length - shown.length;
  if (hidden > 0) say(`and ${hidden} more problems: --verbose lists all of them`);
}

function failsRun(findings: readonly LocatedFinding[], { maxWarnings = Infinity }: LintOptions): boolean {
  const countOf = (wanted: Severity) => findings.filter(({ severity }) => severity === wanted).length;
  const warnings = countOf(Severity.Warning);
  if (warnings > maxWarnings) say(`--max-warnings ${maxWarnings}: found ${warnings}`);
  return countOf(Severity.Error) > 0 || warnings > maxWarnings;
}

/** Findings that are not in the baseline; none if the baseline is being written. */
function withBaseline(
  findings: readonly LocatedFinding[],
  { baseline: file, updateBaseline, ...options }: LintOptions,
): Pick<FindingsReport, "findings" | "baseline"> & { problems: Problem[] } {
  if (file === undefined) return { findings, problems: [] };
  const limits = limitsOf(options);
  try {
    if (updateBaseline === true) writeWhole(file, baselineOf(findings));
    const { known, problems } = readBaseline(readText(file, limits), file);
    const { fresh, gone } = withoutKnown(findings, known);
    return { findings: fresh, baseline: { known: findings.length - fresh.length, gone }, problems: [...problems] };
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT" && updateBaseline !== true;
    const message = isMissing
      ? "there is no such baseline; create it with --update-baseline"
      : updateBaseline === true
        ? `cannot be written: ${(error as Error).message}`
        : unreadableWords(error);
    return { findings, problems: [{ code: "unreadable", file, message }] };
  }
}

async function render(report: FindingsReport, { format, verbose }: LintOptions, root: string): Promise<string> {
  const relative = relativeTo(root);
  const pathOf = (file: string) => relative(file) ?? file;
  switch (format) {
    case "text":
      return (await import("../../report/lint/text.js")).findingsText(report, styleOf(process.stdout), verbose);
    case "json":
      return (await import("../../report/lint/json.js")).findingsJson(report);
    case "markdown":
      return (await import("../../report/lint/markdown.js")).findingsMarkdown(report);
    case "sarif":
      return (await import("../../report/lint/sarif.js")).findingsSarif(report, pathOf, ownVersion());
    case "gitlab":
      return (await import("../../report/lint/gitlab.js")).findingsGitlab(report, pathOf);
  }
}
