import { allPrintable } from "../../common/printable";
import { plural, portWords } from "../../reachability/words";
import { countsOf, type EdgeReport, type VerifyReport } from "../../verify/report";
import { code, escapeMarkdown, table } from "../markdown";
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

const order: Record<EdgeReport["agreement"], number> = { disagrees: 0, inconclusive: 1, agrees: 2 };

/** Markdown for a pull request or a job summary, with mismatches first. */
export function verifyMarkdown({ judged: _, ...given }: VerifyReport): string {
  const report = allPrintable(given);
  const { edges, notProbed, overLimit, readiness, notes, controller } = report;
  const lines = [`### ${escapeMarkdown(headline(report))}`, "", escapeMarkdown(settingWords(report)), ""];
  for (const { what, holds, detail, cure } of readiness) {
    if (holds === true) continue;
    const words = [`**${escapeMarkdown(what)}**: ${escapeMarkdown(detail.join(", "))}`];
    if (cure !== undefined) words.push(escapeMarkdown(cure));
    lines.push(`> ${holds === false ? "✗" : "?"} ${words.join(". ")}`, "");
  }
  const sorted = [...edges].sort((left, right) => order[left.agreement] - order[right.agreement]);
  if (sorted.length > 0) {
    lines.push(...table(["", "from", "to", "port", "predicted", "observed", "how it was seen"], sorted.map(row)), "");
  }
  lines.push(countWords(countsOf(report)), "");
  if (notProbed.length > 0 || overLimit > 0) {
    lines.push(`<details><summary>${plural(notProbed.length + overLimit, "edge")} not probed</summary>`, "");
    for (const { why, edges: skipped } of byReason(notProbed)) {
      lines.push(`- ${escapeMarkdown(why)}: ${skipped.map((edge) => code(edgeWords(edge))).join(", ")}`);
    }
    if (overLimit > 0) lines.push(`- ${plural(overLimit, "edge")} over the limit`);
    lines.push("", "</details>", "");
  }
  if (controller !== undefined) {
    lines.push(`${escapeMarkdown(controllerHeadline(controller))}`, "");
    const open = openPorts(controller);
    for (const port of open)
      lines.push(`- ${controllerMark[port.state]} ${code(portOfWords(port))}: ${escapeMarkdown(controllerHow(port))}`);
    if (open.length > 0) lines.push("");
  }
  for (const { text } of notes) lines.push(`> ${escapeMarkdown(text)}`, "");
  return `${lines.join("\n").trimEnd()}\n`;
}

function row(edge: EdgeReport): string[] {
  return [
    agreementMark[edge.agreement],
    code(edge.from),
    code(edge.to),
    edge.request === undefined ? portWords(edge) : escapeMarkdown(askedWords(edge)),
    escapeMarkdown(predictedWords(edge)),
    escapeMarkdown(observedWords(edge)),
    escapeMarkdown(howWords(edge).join("; ")),
  ];
}
