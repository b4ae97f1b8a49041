import { printable } from "../../common/printable";
import { plural } from "../../reachability/words";
import { type CommandInput, nextStepOf } from "../../traffic/rollout/next-step";
import type { Rollout, WorkloadRollout } from "../../traffic/rollout/rollout";
import { code, escapeMarkdown, table } from "../markdown";
import { plainStyle, type Style } from "../style";
import { blindSpotLines } from "./blind-spots";

/** The progress of each workload, for a terminal. */
export function rolloutText(report: Rollout, given: CommandInput, style: Style = plainStyle): string {
  const lines = [style.strong(rolloutHeadline(report))];
  for (const standing of report.workloads) {
    lines.push("", `  ${style.strong(printable(standing.workload))}  ${stagesOf(standing)}`);
    const next = nextStepOf(standing, report, given);
    if (next === undefined) continue;
    lines.push(`    next: ${printable(next.what)}`);
    if (next.command !== undefined) lines.push(`      ${printable(next.command)}`);
  }
  const learns = report.workloads.some((one) => nextStepOf(one, report, given)?.isLearn === true);
  if (learns) lines.push("", "learn prints what it would add; with --apply it writes that into the files.");
  lines.push(...blindSpotLines(report.blind, style));
  return `${lines.join("\n")}\n`;
}

/** `2 of 5 workloads are enforced in both directions, 1 is ready` */
export function rolloutHeadline({ workloads: standings }: Rollout): string {
  const done = standings.filter(({ steps }) => cilium(steps).every(({ stage }) => stage === "enforced")).length;
  const ready = standings.filter(({ steps }) => steps.some(({ stage }) => stage === "ready")).length;
  return `${done.toLocaleString("en-US")} of ${plural(standings.length, "workload")} enforced in both directions, ${ready.toLocaleString("en-US")} ready for a step`;
}

const cilium = (steps: WorkloadRollout["steps"]) => steps.filter(({ half }) => half !== "linkerd");

const stagesOf = ({ steps }: WorkloadRollout) =>
  steps
    .map(({ half, stage, wouldDeny, undecided = [] }) => {
      const counts = [
        ...(wouldDeny.length > 0 ? [`${wouldDeny.length} would be denied`] : []),
        ...(undecided.length > 0 ? [`${undecided.length} not decided`] : []),
      ];
      return `${half} ${stage}${counts.length > 0 ? ` (${counts.join(", ")})` : ""}`;
    })
    .join(", ");

/** The same as a table. */
export function rolloutMarkdown(report: Rollout, given: CommandInput): string {
  const rows = report.workloads.map((standing) => {
    const next = nextStepOf(standing, report, given);
    const command = next?.command === undefined ? "" : ` ${code(printable(next.command))}`;
    return [
      code(printable(standing.workload)),
      escapeMarkdown(stagesOf(standing)),
      `${escapeMarkdown(printable(next?.what ?? ""))}${command}`,
    ];
  });
  return [
    `### ${rolloutHeadline(report)}`,
    "",
    ...table(["workload", "where it stands", "next"], rows),
    "",
    ...report.blind.map((one) => `> ${escapeMarkdown(printable(one))}`),
    ...(report.blind.length > 0 ? [""] : []),
  ].join("\n");
}

export function rolloutJson(report: Rollout, given: CommandInput): string {
  const { days, watched, workloads: standings, blind } = report;
  const workloads = standings.map((standing) => {
    const next = nextStepOf(standing, report, given);
    if (next === undefined) return standing;
    const { what, command } = next;
    return { ...standing, next: { what, ...(command !== undefined && { command }) } };
  });
  return `${JSON.stringify({ summary: rolloutHeadline(report), days, ...(watched !== undefined && { watched }), workloads, blind }, null, 2)}\n`;
}
