import { endpointKind } from "../cilium/policy/identity";
import { wellKnown } from "../linkerd/wire/well-known";
import { reachJson, refusedLine, verdictLine } from "../report/json";
import { unenforcedWords } from "../report/notices";
import type { PageExtras, PageState } from "../report/page/page-data";
import type { ReachReport } from "../report/report";
import { everyPair } from "../scenario/flows";
import type { Scenario } from "../scenario/scenario";
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

/** What the renderers show of an evaluated state. */
export function reachReport({ scenario, reachability, refused, problems, unseen, policies }: Evaluated): ReachReport {
  return {
    endpoints: scenario.endpoints,
    verdicts: { [Symbol.iterator]: () => reachability.verdicts() },
    answers: { [Symbol.iterator]: () => reachability.answers() },
    policies: policies.length,
    refused,
    problems,
    unseen,
    unenforced: unenforcedWords(scenario.cluster),
    ...(scenario.mesh && { transportMode: scenario.mesh.transportMode }),
    unasked: unaskedIn(scenario),
  };
}

/** Linkerd's own parts, which are there because a policy mentions them, are no workloads that somebody wants to hear of. */
function unaskedIn({ endpoints, flows = [] }: Scenario): string[] {
  if (flows.length > 0) return [];
  const parts = new Set(Object.values(wellKnown).map(({ namespace, name }) => `${namespace}/${name}`));
  return endpoints
    .filter((endpoint) => endpoint.representative === undefined)
    .filter((endpoint) => endpointKind(endpoint) === "pod" && (endpoint.ports ?? []).length === 0)
    .map(({ id }) => id)
    .filter((id) => !parts.has(id));
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
        reachability.verdicts(asked ? undefined : everyPair(scenario.endpoints, (one) => endpointKind(one) !== "pod")),
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
      return pageOf(pageTitle(files), [{ ...evaluated, name: "now" }]);
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
