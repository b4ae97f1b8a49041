import { grantAdvice } from "../../cluster/access";
import { allPrintable } from "../../common/printable";
import { plural, someOf } from "../../reachability/words";
import { countsOf, type EdgeReport, holds, type Note, type VerifyReport } from "../../verify/report";
import { plainStyle, type Style, wrap } from "../style";
import { controllerHeadline, controllerHow, controllerMark, openPorts, portOfWords } from "./controller-words";
import {
  agreementMark,
  askedWords,
  byReason,
  countWords,
  edgeWords,
  headline,
  howWords,
  observedWords,
  predictedWords,
  settingWords,
} from "./words";

/** The table for a terminal: every edge with prediction, observation and evidence. */
export function verifyText({ judged: _, ...given }: VerifyReport, style: Style = plainStyle, width = 80): string {
  const report = allPrintable(given);
  const good = holds(report);
  const lines = [
    (good ? style.good : style.bad)(headline(report)),
    style.faint(`  ${settingWords(report)}`),
    ...readinessLines(report, style, width),
    ...table(report.edges, style, width),
    ...notProbedLines(report, style, width),
    ...controllerLines(report, style, width),
    ...noteLines(report.notes, style, width),
    "",
    countWords(countsOf(report)),
  ];
  return `${lines.join("\n")}\n`;
}

/** Only conditions that do not hold or are unknown. */
function readinessLines({ readiness }: VerifyReport, style: Style, width: number): string[] {
  const open = readiness.filter((condition) => condition.holds !== true);
  if (open.length === 0) return [];
  return [
    "",
    style.warn("! Before any probe"),
    ...open.flatMap(({ what, holds: held, detail, cure }) => [
      `  ${held === false ? style.bad("✗") : style.warn("?")} ${wrap(`${what}: ${someOf(detail, 3)}`, { width, indent: 4 })}`,
      ...(cure === undefined ? [] : [`    ${wrap(cure, { width, indent: 4 })}`]),
    ]),
  ];
}

const gap = 2;

function table(edges: readonly EdgeReport[], style: Style, width: number): string[] {
  if (edges.length === 0) return [];
  const to = longest(edges.map(targetWords), "to");
  const predicted = longest(edges.map(predictedWords), "predicted");
  const lines: string[] = ["", style.faint(`    ${cell("to", to)}${cell("predicted", predicted)}observed`)];
  const clients = new Map<string, EdgeReport[]>();
  for (const edge of edges) clients.set(edge.from, [...(clients.get(edge.from) ?? []), edge]);
  for (const [client, own] of clients) {
    lines.push("", style.strong(client));
    for (const edge of own) {
      const mark = paint(edge, style)(agreementMark[edge.agreement]);
      const observed = paint(edge, style)(observedWords(edge));
      lines.push(`  ${mark} ${cell(targetWords(edge), to)}${cell(predictedWords(edge), predicted)}${observed}`);
      lines.push(style.faint(`      ${wrap(howWords(edge).join("; "), { width, indent: 6 })}`));
    }
  }
  return lines;
}

function targetWords({ to, ...asked }: EdgeReport): string {
  return `${to} ${askedWords(asked)}`;
}

function longest(texts: readonly string[], head: string): number {
  return Math.max(head.length, ...texts.map(({ length }) => length)) + gap;
}

function cell(text: string, width: number): string {
  return text.padEnd(width);
}

function paint({ agreement }: EdgeReport, style: Style): (text: string) => string {
  if (agreement === "agrees") return style.good;
  return agreement === "disagrees" ? style.bad : style.warn;
}

function notProbedLines({ notProbed, overLimit }: VerifyReport, style: Style, width: number): string[] {
  if (notProbed.length === 0 && overLimit === 0) return [];
  const lines = ["", style.strong("Not probed")];
  for (const { why, edges } of byReason(notProbed)) {
    const shown = someOf(edges.map(edgeWords), 4);
    lines.push(`  ${wrap(`${why}: ${shown}`, { width, indent: 4 })}`);
  }
  if (overLimit > 0) lines.push(`  ${plural(overLimit, "edge")} over the limit (--limit)`);
  return lines;
}

function controllerLines({ controller }: VerifyReport, style: Style, width: number): string[] {
  if (controller === undefined) return [];
  return [
    "",
    wrap(controllerHeadline(controller), { width, indent: 2 }),
    ...adviceLines(controller.absent?.rules),
    ...openPorts(controller).flatMap((port) => [
      `  ${(port.state === "differs" ? style.bad : style.warn)(controllerMark[port.state])} ${portOfWords(port)}`,
      style.faint(`      ${wrap(controllerHow(port), { width, indent: 6 })}`),
    ]),
  ];
}

function noteLines(notes: readonly Note[], style: Style, width: number): string[] {
  if (notes.length === 0) return [];
  return [
    "",
    style.strong("Notes"),
    ...notes.flatMap(({ text, rules = [] }) => [`  ${wrap(text, { width, indent: 4 })}`, ...adviceLines(rules)]),
  ];
}

const adviceLines = (rules: Note["rules"] = []): string[] =>
  rules.flatMap((rule) =>
    grantAdvice(rule)
      .split("\n")
      .map((line) => `      ${line}`),
  );
