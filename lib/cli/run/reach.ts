import type { Evaluated } from "../../manifests/evaluate";
import type { State } from "../../reachability/verdict";
import { reachJson, refusedLine, verdictLine } from "../../report/reach/reach-json";
import { everyPair } from "../../scenario/flows";
import { evaluateIn, manifestsFor } from "../input/manifests";
import type { InputOptions } from "../options/input";
import { Exit } from "../output/exit";
import { lineLimit, print, printNotices, reportProblems, reportProblemsAsJson, say, styleOf } from "../output/print";
import { pageOf } from "../page/page";

import { pageTitle } from "../page/title";
import { reachReport } from "../reports/reach";
import { isNarrow, type Narrowing, narrow } from "../reports/reach-filter";

/** How `meshfence reach` prints. */
export type ReachFormat = "text" | "jsonl" | "json" | "markdown" | "mermaid" | "svg" | "html";

export interface ReachOptions extends InputOptions {
  scenario?: string;
  plan?: boolean;
  program?: string;
  config: string[];
  stack?: string;
  format: ReachFormat;
  from: string[];
  to: string[];
  port?: string;
  only?: State[];
  verbose?: boolean;
}

/** Runs `meshfence reach` and returns its exit status. */
export async function runReach(files: readonly string[], options: ReachOptions): Promise<number> {
  const manifests = await manifestsFor(files, options);
  if (manifests === undefined) return Exit.BadInput;
  const whole = evaluateIn(options.scenario, manifests, options);
  if (whole === undefined) return Exit.BadInput;
  const some = isNarrow(options) ? narrow(options, whole) : { evaluated: whole };
  if ("problems" in some) {
    reportProblems(some.problems);
    return Exit.BadInput;
  }
  const { evaluated, narrowing } = { narrowing: undefined, ...some };
  if (options.format === "jsonl") {
    for (const note of evaluated.refused) say(refusedLine(note));
    reportProblemsAsJson(evaluated.problems);
  } else reportProblems(evaluated.problems);
  printNotices(evaluated, options.format);
  await print(await render(evaluated, files, options, narrowing));
  return evaluated.problems.length > 0 ? Exit.BadInput : Exit.Fine;
}

async function render(
  evaluated: Evaluated,
  files: readonly string[],
  { format, verbose }: ReachOptions,
  narrowing?: Narrowing,
): Promise<string | Iterable<string>> {
  const { scenario, reachability } = evaluated;
  const listsFlows = (scenario.flows ?? []).length > 0;
  const report = reachReport(evaluated, narrowing);
  switch (format) {
    case "jsonl":
      // Leave out pairs of unfenced endpoints: no policy decides between them, and a thousand blocks would make a million lines.
      return lines(
        narrowing === undefined
          ? reachability.verdicts(
              listsFlows ? undefined : everyPair(report.endpoints, ({ id }) => !reachability.isFenced(id)),
            )
          : report.verdicts,
      );
    case "json":
      return reachJson(report);
    case "markdown":
      return (await import("../../report/reach/reach-markdown.js")).reachMarkdown(report);
    case "mermaid":
      return (await import("../../report/graph/mermaid.js")).reachMermaid(report, listsFlows);
    case "svg":
      return (await import("../../report/graph/svg.js")).reachSvg(report, listsFlows);
    case "html":
      return pageOf(pageTitle(files), [
        {
          ...evaluated,
          scenario: { ...scenario, endpoints: narrowing?.involved(report.endpoints) ?? [...report.endpoints] },
          name: "now",
        },
      ]);
    case "text":
      return (await import("../../report/reach/reach-text.js")).reachText(
        report,
        styleOf(process.stdout),
        lineLimit(process.stdout, verbose),
      );
  }
}

function* lines(verdicts: Iterable<Parameters<typeof verdictLine>[0]>): Generator<string> {
  for (const verdict of verdicts) yield `${verdictLine(verdict)}\n`;
}
