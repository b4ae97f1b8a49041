import type { Problem } from "../../common/problem";
import type { Evaluated } from "../../manifests/evaluate";
import { explainerOf } from "../../manifests/explainer";
import { changeOrWhy } from "../../reachability/explain/change";
import { namedEnd, namedPort } from "../../reachability/explain/ends";
import type { Explanation } from "../../reachability/explain/explanation";
import type { NoChange } from "../../reachability/explain/no-change";
import type { ShownChange } from "../../report/explain/change-text";
import type { Flow } from "../../scenario/scenario";
import { patchOf, saveChange, type WrittenChange, writeChange } from "../edits/write-change";
import { evaluateIn, manifestsFor } from "../input/manifests";
import type { InputOptions } from "../options/input";
import { Exit } from "../output/exit";
import { print, printNotices, reportProblems, say, styleOf } from "../output/print";

/** How `meshfence explain` prints. */
export type ExplainFormat = "text" | "json";

export interface ExplainOptions extends InputOptions {
  scenario?: string;
  plan?: boolean;
  program?: string;
  config: string[];
  stack?: string;
  apply?: boolean;
  format: ExplainFormat;
}

/** The answer about one flow. */
interface ExplainedFlow {
  explanation: Explanation;
  change?: ShownChange;
  /** Why there is no change. */
  noChange?: NoChange;
  written?: WrittenChange;
}

/** The question, as given on the command line. */
interface Asked {
  from: string;
  to: string;
  port: string;
}

/** More would not be read. */
const mostFlows = 20;

/** Runs `meshfence explain` and returns its exit status. */
export async function runExplain(asked: Asked, files: readonly string[], options: ExplainOptions): Promise<number> {
  const manifests = await manifestsFor(files, options);
  if (manifests === undefined) return Exit.BadInput;
  const evaluated = evaluateIn(options.scenario, manifests, options);
  if (evaluated === undefined) return Exit.BadInput;
  reportProblems(evaluated.problems);
  printNotices(evaluated, options.format);
  const flows = flowsAsked(asked, evaluated);
  if ("problem" in flows) {
    reportProblems([flows.problem]);
    return Exit.BadInput;
  }
  // The compiled scenario lacks endpoints that only this question names.
  const { policies, authorization, refusals } = evaluated;
  const explainer = explainerOf({ policies, authorization, refusals, scenario: flows.scenario });
  const answers = flows.flows.slice(0, mostFlows).map((flow): ExplainedFlow => {
    const { change, noChange } = changeOrWhy(explainer, flow);
    const written = change && writeChange(change, evaluated);
    return {
      explanation: explainer.explain(flow),
      ...(noChange !== undefined && { noChange }),
      ...(change && written && { change: { ...change, patch: patchOf(written), byHand: written.byHand }, written }),
    };
  });
  if (options.apply === true) {
    const refused = await applyChange(answers);
    if (refused !== undefined) {
      reportProblems([refused]);
      return Exit.BadInput;
    }
  }
  await print(await render(answers, options));
  if (flows.flows.length > mostFlows)
    say(`${flows.flows.length - mostFlows} more flows match; name the ends more precisely`);
  return evaluated.problems.length > 0 ? Exit.BadInput : Exit.Fine;
}

function flowsAsked(
  asked: Asked,
  { scenario }: Evaluated,
): { flows: Flow[]; scenario: Evaluated["scenario"] } | { problem: Problem } {
  const from = namedEnd(asked.from, scenario);
  if ("code" in from) return { problem: { ...from, object: "FROM" } };
  const to = namedEnd(asked.to, from.scenario);
  if ("code" in to) return { problem: { ...to, object: "TO" } };
  const byId = new Map(to.scenario.endpoints.map((endpoint) => [endpoint.id, endpoint]));
  const flows: Flow[] = [];
  for (const target of to.ids) {
    const port = namedPort(asked.port, byId.get(target)?.ports);
    if ("code" in port) return { problem: { ...port, object: "PORT" } };
    const isSource = byId.get(target)?.several === true;
    for (const source of from.ids) if (source !== target || isSource) flows.push({ from: source, to: target, ...port });
  }
  if (flows.length === 0)
    return {
      problem: {
        code: "no-flow",
        object: "TO",
        message: "is also the client: no policy applies between a pod and itself",
      },
    };
  return { flows, scenario: to.scenario };
}

async function render(answers: readonly ExplainedFlow[], { format }: ExplainOptions): Promise<string> {
  if (format === "json") {
    const documents = answers.map(({ explanation, change, noChange }) => ({
      ...explanation,
      ...(change && { change }),
      ...(noChange !== undefined && { noChange: noChange.message }),
    }));
    const { jsonText } = await import("../../report/json.js");
    return `${jsonText(documents.length === 1 ? documents[0] : documents)}\n`;
  }
  const { explainText } = await import("../../report/explain/explain-text.js");
  const { changeText } = await import("../../report/explain/change-text.js");
  const style = styleOf(process.stdout);
  return answers
    .map(
      ({ explanation, change, noChange }) =>
        explainText(explanation, style) +
        changeText(explanation.state, change, style, {
          noChange,
          ends: { ...explanation.flow, ports: [explanation.flow] },
        }),
    )
    .join("\n");
}

/** Saves the change if the question is about one flow, or returns why not. */
async function applyChange(answers: readonly ExplainedFlow[]): Promise<Problem | undefined> {
  const [only, ...more] = answers;
  const problem = (message: string): Problem => ({ code: "not-applied", message, fix: "nothing was written" });
  if (only === undefined || more.length > 0) return problem("--apply: more than one flow matches");
  if (only.written === undefined) return problem(`--apply: there is no such change: ${only.noChange?.message}`);
  if (only.written.byHand.length > 0) return problem("--apply: part of the change is in no file that can be edited");
  try {
    saveChange(only.written);
  } catch (error) {
    return { code: "not-applied", message: `--apply: the change cannot be written: ${(error as Error).message}` };
  }
  return undefined;
}
