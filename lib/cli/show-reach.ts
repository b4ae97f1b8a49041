import { endpointKind } from "../cilium/policy/identity";
import { everyPort } from "../reachability/every-port";
import { reachJson, refusedLine, verdictLine } from "../report/json";
import { unenforcedWords } from "../report/notices";
import type { PageExtras, PageState } from "../report/page/page-data";
import type { ReachReport } from "../report/report";
import { everyPair } from "../scenario/flows";
import type { EndpointFacts } from "../scenario/scenario";
import { type Evaluated, evaluate, evaluateOver, manifestsFor } from "./input";
import type { InputOptions } from "./input-options";
import { Exit } from "./input-options";
import { pageTitle } from "./page-title";
import { complain, complainInJson, mention, print, say, styleOf } from "./print";

/** How `meshfence reach` prints. */
export type ReachFormat = "text" | "jsonl" | "json" | "markdown" | "mermaid" | "svg" | "html";

export interface ReachOptions extends InputOptions {
  scenario?: string;
  plan?: boolean;
  program?: string;
  config: string[];
  stack?: string;
  format: ReachFormat;
}

/** Runs `meshfence reach` and returns its exit status. */
export async function showReach(files: readonly string[], options: ReachOptions): Promise<number> {
  const manifests = await manifestsFor(files, options);
  if (manifests === undefined) return Exit.BadInput;
  const evaluated =
    options.scenario === undefined ? evaluate(manifests, options) : evaluateOver(options.scenario, manifests);
  if (options.format === "jsonl") {
    for (const note of evaluated.refused) say(refusedLine(note));
    complainInJson(evaluated.problems);
  } else complain(evaluated.problems);
  mention(evaluated, options.format);
  await print(await render(evaluated, files, options));
  return evaluated.problems.length > 0 ? Exit.BadInput : Exit.Fine;
}

/** What the renderers show of an evaluated state: what a scenario asks about, else every port of everybody. */
export function reachReport(evaluated: Evaluated): ReachReport {
  const { scenario, reachability, refused, problems, unseen, policies } = evaluated;
  const flows = scenario.flows ?? [];
  const { every, named } =
    flows.length > 0 ? { every: scenario.endpoints, named: scenario.endpoints } : everyPort(scenario, reachability);
  const asked = (endpoints: readonly EndpointFacts[]) => ({
    endpoints,
    verdicts: { [Symbol.iterator]: () => reachability.verdicts(flows.length > 0 ? flows : everyPair(endpoints)) },
    answers: { [Symbol.iterator]: () => reachability.answers(endpoints) },
  });
  return {
    ...asked(every),
    named: asked(named),
    policies: policies.length,
    refused,
    problems,
    unseen,
    unenforced: unenforcedWords(scenario.cluster),
    ...(scenario.mesh && { transportMode: scenario.mesh.transportMode }),
  };
}

async function render(
  evaluated: Evaluated,
  files: readonly string[],
  { format }: ReachOptions,
): Promise<string | Iterable<string>> {
  const { scenario, reachability } = evaluated;
  const asked = (scenario.flows ?? []).length > 0;
  const report = reachReport(evaluated);
  switch (format) {
    case "jsonl":
      // Between two who are outside the cluster's pods no policy decides: a thousand blocks would be a million such lines.
      return lines(
        reachability.verdicts(asked ? undefined : everyPair(report.endpoints, (one) => endpointKind(one) !== "pod")),
      );
    case "json":
      return reachJson(report);
    case "markdown":
      return (await import("../report/markdown.js")).reachMarkdown(report);
    case "mermaid":
      return (await import("../report/graph/mermaid.js")).reachMermaid(report, asked);
    case "svg":
      return (await import("../report/graph/svg.js")).reachSvg(report, asked);
    case "html":
      return pageOf(pageTitle(files), [
        { ...evaluated, scenario: { ...scenario, endpoints: [...report.endpoints] }, name: "now" },
      ]);
    case "text":
      return (await import("../report/reach-text.js")).reachText(report, styleOf(process.stdout));
  }
}

/** The page of one state, or of two that are compared. */
export async function pageOf(title: string, states: readonly PageState[], more: PageExtras = {}): Promise<string> {
  const [{ pageData }, { pageHtml }] = await Promise.all([
    import("../report/page/page-data.js"),
    import("../report/page/page-html.js"),
  ]);
  return pageHtml(pageData(title, states, more));
}

function* lines(verdicts: Iterable<Parameters<typeof verdictLine>[0]>): Generator<string> {
  for (const verdict of verdicts) yield `${verdictLine(verdict)}\n`;
}
