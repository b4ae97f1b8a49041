import { reachJson, refusedLine, verdictLine } from "../render/json";
import type { ReachReport } from "../render/report";
import { type Evaluated, evaluate, evaluateOver, manifestsFor } from "./input";
import { Exit } from "./input-options";
import { complain, complainInJson, mention, print, styleOf } from "./print";
import type { ReachOptions } from "./reach";

/** Runs `meshfence reach` and returns its exit status. */
export async function showReach(files: readonly string[], options: ReachOptions): Promise<number> {
  const manifests = await manifestsFor(files, options);
  if (manifests === undefined) return Exit.BadInput;
  const evaluated =
    options.scenario === undefined ? evaluate(manifests, options) : evaluateOver(options.scenario, manifests);
  if (options.format === "jsonl") {
    for (const note of evaluated.refused) process.stderr.write(`${refusedLine(note)}\n`);
    complainInJson(evaluated.problems);
  } else complain(evaluated.problems);
  mention(evaluated.notices, options.format);
  await print(await render(evaluated, options));
  return evaluated.problems.length > 0 ? Exit.BadInput : Exit.Fine;
}

/** What the renderers show of an evaluated state. */
export function reachReport({ scenario, reachability, refused, problems, notices, policies }: Evaluated): ReachReport {
  return {
    endpoints: scenario.endpoints,
    verdicts: { [Symbol.iterator]: () => reachability.verdicts() },
    answers: { [Symbol.iterator]: () => reachability.answers() },
    policies: policies.length,
    refused,
    problems,
    notices,
    ...(scenario.mesh && { transportMode: scenario.mesh.transportMode }),
  };
}

async function render(evaluated: Evaluated, { format }: ReachOptions): Promise<string | Iterable<string>> {
  const { scenario, reachability } = evaluated;
  const asked = (scenario.flows ?? []).length > 0;
  const report = reachReport(evaluated);
  switch (format) {
    case "jsonl":
      return lines(reachability.verdicts());
    case "json":
      return reachJson(report);
    case "markdown":
      return (await import("../render/markdown.js")).reachMarkdown(report);
    case "mermaid":
      return (await import("../render/mermaid.js")).reachMermaid(report, asked);
    case "svg":
      return (await import("../render/svg.js")).reachSvg(report, asked);
    case "text":
      return (await import("../render/reach-text.js")).reachText(report, styleOf(process.stdout));
  }
}

function* lines(verdicts: Iterable<Parameters<typeof verdictLine>[0]>): Generator<string> {
  for (const verdict of verdicts) yield `${verdictLine(verdict)}\n`;
}
