import type { LocatedFinding } from "../report/findings";
import { findingsJson, findingsMarkdown, findingsText } from "../report/findings";
import { findingsOf } from "./findings";
import { type Evaluated, evaluate, evaluateOver, manifestsFor } from "./input";
import type { InputOptions } from "./input-options";
import { Exit } from "./input-options";
import { complain, print, styleOf } from "./print";

/** How `meshfence lint` prints. */
export type LintFormat = "text" | "json" | "markdown";

export interface LintOptions extends InputOptions {
  scenario?: string;
  plan?: boolean;
  program?: string;
  config: string[];
  stack?: string;
  format: LintFormat;
}

/** Runs `meshfence lint` and returns its exit status. */
export async function showLint(files: readonly string[], options: LintOptions): Promise<number> {
  const manifests = await manifestsFor(files, options);
  if (manifests === undefined) return Exit.BadInput;
  const evaluated =
    options.scenario === undefined ? evaluate(manifests, options) : evaluateOver(options.scenario, manifests);
  const findings = findingsOf(evaluated);
  complain(evaluated.problems);
  await print(render(findings, evaluated, options));
  if (evaluated.problems.length > 0) return Exit.BadInput;
  return findings.some(({ severity }) => severity === "error") ? Exit.Found : Exit.Fine;
}

function render(
  findings: readonly LocatedFinding[],
  { problems, unseen, policies }: Evaluated,
  options: LintOptions,
): string {
  const report = { findings, problems, unseen, policies: policies.length };
  if (options.format === "json") return findingsJson(report);
  return options.format === "markdown" ? findingsMarkdown(report) : findingsText(report, styleOf(process.stdout));
}
