import { formatPlace } from "../common/problem";
import type { Evaluated } from "../manifests/evaluate";
import { everyPort } from "../reachability/every-port";
import { sharedAccounts } from "../reachability/shared-accounts";
import { type State, stateOf } from "../reachability/verdict";
import { decidedBy, portWords, someOf } from "../reachability/words";
import { type Notice, unenforcedWords } from "../report/notices";
import type { PageExtras, PageState } from "../report/page/page-data";
import type { PageOptions } from "../report/page/page-html";
import { reachJson, refusedLine, verdictLine } from "../report/reach/reach-json";
import type { ReachReport } from "../report/reach/reach-report";
import { everyPair } from "../scenario/flows";
import type { EndpointFacts } from "../scenario/scenario";
import { evaluateIn, manifestsFor } from "./input";
import type { InputOptions } from "./input-options";
import { Exit } from "./input-options";
import { pageTitle } from "./page-title";
import { lineLimit, print, printNotices, reportProblems, reportProblemsAsJson, say, styleOf } from "./print";
import { everything, isNarrow, type Narrowing, narrow } from "./reach-filter";

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
export async function showReach(files: readonly string[], options: ReachOptions): Promise<number> {
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

/** What renderers show of an evaluated state: the flows of a scenario, or else every port of every endpoint. */
export function reachReport(evaluated: Evaluated, narrowing: Narrowing = everything): ReachReport {
  const { scenario, reachability, refused, problems, unseen, policies } = evaluated;
  const flows = scenario.flows ?? [];
  const { every, named } =
    flows.length > 0 ? { every: scenario.endpoints, named: scenario.endpoints } : everyPort(scenario, reachability);
  const reportOn = (endpoints: readonly EndpointFacts[]) => {
    const some = narrowing.endpoints(endpoints);
    return {
      endpoints,
      verdicts: {
        *[Symbol.iterator]() {
          yield* narrowing.verdicts(reachability.verdicts(flows.length > 0 ? flows : everyPair(some)));
        },
      },
      answers: {
        *[Symbol.iterator]() {
          yield* narrowing.answers(reachability.answers(some));
        },
      },
    };
  };
  return {
    ...reportOn(every),
    named: reportOn(named),
    policies: policies.length,
    refused,
    problems,
    unseen,
    unapplied: evaluated.unapplied,
    notices: [...closedRoutes(evaluated), ...accountNotices(evaluated)],
    unenforced: unenforcedWords(scenario),
    ...(narrowing !== everything && { shown: { words: narrowing.words, states: narrowing.states } }),
    ...(scenario.mesh && { transportMode: scenario.mesh.transportMode }),
  };
}

/** Notices about routes of Cilium's own proxy whose backend a policy closes. */
function closedRoutes({ scenario, reachability }: Evaluated): Notice[] {
  return (scenario.routes ?? []).flatMap(({ object, file, line, ...flow }) => {
    const verdict = reachability.verdict(flow);
    if (verdict.allowed) return [];
    const why = `${stateOf(verdict)}: ${decidedBy(verdict)}`;
    const message = `${object} (${formatPlace({ file, line })}): its backend ${flow.to} ${portWords(flow)} sees Cilium's own proxy as ${flow.from}, which is ${why}`;
    return [{ about: object.split(" ", 1)[0] ?? object, message }];
  });
}

/** Notices about service accounts that several workloads share and Linkerd's authorization names. */
function accountNotices({ scenario }: Evaluated): Notice[] {
  const shared = sharedAccounts(scenario);
  if (shared.length === 0) return [];
  const each = shared.map(({ account, workloads }) => `${account} (${someOf(workloads, 4)})`);
  const message = `To Linkerd, workloads under one account are one client; only Cilium tells them apart: ${someOf(each, 3)}`;
  return [{ about: "ServiceAccount", message }];
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
      return (await import("../report/reach/reach-markdown.js")).reachMarkdown(report);
    case "mermaid":
      return (await import("../report/graph/mermaid.js")).reachMermaid(report, listsFlows);
    case "svg":
      return (await import("../report/graph/svg.js")).reachSvg(report, listsFlows);
    case "html":
      return pageOf(pageTitle(files), [
        {
          ...evaluated,
          scenario: { ...scenario, endpoints: narrowing?.involved(report.endpoints) ?? [...report.endpoints] },
          name: "now",
        },
      ]);
    case "text":
      return (await import("../report/reach/reach-text.js")).reachText(
        report,
        styleOf(process.stdout),
        lineLimit(process.stdout, verbose),
      );
  }
}

/** The page of one state, or of two that are compared. */
export async function pageOf(
  title: string,
  states: readonly PageState[],
  more: PageExtras = {},
  served: PageOptions = {},
): Promise<string> {
  const [{ pageData }, { pageHtml }] = await Promise.all([
    import("../report/page/page-data.js"),
    import("../report/page/page-html.js"),
  ]);
  return pageHtml(pageData(title, states, more), served);
}

function* lines(verdicts: Iterable<Parameters<typeof verdictLine>[0]>): Generator<string> {
  for (const verdict of verdicts) yield `${verdictLine(verdict)}\n`;
}
