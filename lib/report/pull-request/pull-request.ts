import { createHash } from "node:crypto";
import { clipped, printable, safeText } from "../../common/printable";
import type { PlanDiff } from "../../plan/diff";
import { plural } from "../../reachability/words";
import { diffMarkdown } from "../diff/diff-markdown";
import { type DiffReport, diffHeadline } from "../diff/diff-rows";
import { codeBlock, escapeHtml, escapeMarkdown } from "../markdown";
import { mostThatFit } from "../most-that-fit";
import { COMMENT_LIMIT } from "./comment-limit";
import type { FileDiff } from "./file-diff";
import { planDiffHeadline, planDiffRows, planDiffTable } from "./plan-diff";

/** Everything that a comment on a pull request shows, most important first. */
export interface PullRequestReport {
  /** Distinguishes the comments of several programs. */
  name: string;
  reach: DiffReport;
  plan: PlanDiff;
  manifests: readonly FileDiff[];
  /** What could not be shown, and why. */
  notes: readonly string[];
  /** Gates that fail, in words. */
  gates: readonly string[];
  /** The output of `pulumi preview` against the live state, if given. */
  live?: string;
}

/** Identifies the comment, so that a later run edits it instead of adding another. */
export function pullRequestMarker(name: string): string {
  const plain = name.replaceAll(/[^\w./-]/g, "_");
  const short =
    plain.length <= 160
      ? plain
      : `${plain.slice(0, 120)}-${createHash("sha256").update(name).digest("hex").slice(0, 16)}`;
  return `<!-- meshfence pr ${short} -->`;
}

/** The shares of the comment's length that are reserved for other sections, however long the first one is. */
const share = { plan: 0.2, manifests: 0.1, gates: 0.1, notes: 0.15 };

/**
 * The comment: who can talk to whom, which resources change, and the manifests in folded sections. To stay within `limit` characters, it leaves out
 * manifests, then rows of resources, then rows of edges. The headlines with their counts always stay.
 *
 * @param limit The maximum length, at least 2,000.
 */
export function pullRequestComment(report: PullRequestReport, limit = COMMENT_LIMIT): string {
  const whole = safeText(layers(report, limit));
  if (whole.length <= limit) return whole;
  // Escaping made it longer than planned.
  const shorter = safeText(layers(report, Math.max(2000, Math.floor((limit * limit) / whole.length) - 200)));
  return shorter.length <= limit ? shorter : safeText(verdictAlone(report, limit));
}

/** The comment if not even the headings of the sections fit. */
function verdictAlone({ name, gates, reach }: PullRequestReport, limit: number): string {
  const lines = [
    pullRequestMarker(name),
    ...gateLines(gates, Math.floor(limit * share.gates)),
    "",
    `### Reachability: ${escapeMarkdown(diffHeadline(reach))}`,
    "",
    "**Left out of this comment: everything else, because a comment cannot be that long.**",
  ];
  return `${lines.join("\n")}\n`;
}

function gateLines(gates: readonly string[], room: number): string[] {
  const failed = gates.map((gate) => `> ❌ \`fail-on\` ${escapeMarkdown(clipped(gate, 160))}: found`);
  return linesThatFit(failed, room, "more gate").flatMap((line, index) => (index === 0 ? [line] : [">", line]));
}

/** The first lines that fit, and how many are left out. */
function linesThatFit(lines: readonly string[], room: number, what: string): string[] {
  let used = 60;
  const end = lines.findIndex((line) => {
    used += line.length + 3;
    return used > room;
  });
  const kept = end < 0 ? lines : lines.slice(0, end);
  const left = lines.length - kept.length;
  return left === 0 ? [...kept] : [...kept, `> **Left out of this comment: ${plural(left, what)}.**`];
}

function layers(report: PullRequestReport, limit: number): string {
  const { name, reach, plan, manifests, notes, gates, live } = report;
  const marker = pullRequestMarker(name);
  const failed = gateLines(gates, Math.floor(limit * share.gates));
  const top = failed.length === 0 ? "" : `${failed.join("\n")}\n\n`;
  const remarks = linesThatFit(
    notes.map((note) => `> ℹ️ ${escapeMarkdown(clipped(printable(note), 600))}`),
    Math.floor(limit * share.notes),
    "more note",
  )
    .map((line) => `${line}\n`)
    .join(">\n");

  const rows = planDiffRows(plan);
  const planHead = `### Resources: ${planDiffHeadline(plan)}\n\n`;
  const wantedPlan = planHead.length + textOf(planDiffTable(rows)).length;
  const folds = [...manifests.map(manifestFold), ...(live === undefined ? [] : [liveFold(live)])];
  const filesHead = `### Manifests: ${plural(manifests.length, "file")} differ${manifests.length === 1 ? "s" : ""}\n\n`;
  const wantedFolds = filesHead.length + folds.reduce((sum, fold) => sum + fold.length, 0);

  const room = limit - marker.length - top.length - remarks.length - 4;
  const reserved =
    Math.min(wantedPlan, Math.floor(room * share.plan)) + Math.min(wantedFolds, Math.floor(room * share.manifests));
  const first = diffMarkdown(reach, { limit: room - reserved, marker });
  const planRoom = room - first.length - Math.min(wantedFolds, Math.floor(room * share.manifests));
  const second = planHead + firstThatFit(rows, planRoom - planHead.length);
  const third = filesHead + foldsThatFit(folds, room - first.length - second.length - filesHead.length - 2);
  const [markerLine, ...rest] = first.split("\n");
  return [`${markerLine}\n${top}${rest.join("\n")}`, second, remarks, third].filter((part) => part !== "").join("\n");
}

function textOf(lines: readonly string[]): string {
  return lines.length === 0 ? "" : `${lines.join("\n")}\n`;
}

function firstThatFit(rows: readonly string[][], room: number): string {
  const all = textOf(planDiffTable(rows));
  if (all.length <= room) return all;
  const note = (left: number) =>
    `\n**Left out of this comment: ${plural(left, "row")}. \`meshfence plan\` has everything.**\n`;
  const some = (count: number) => textOf(planDiffTable(rows.slice(0, count))) + note(rows.length - count);
  return mostThatFit(rows.length - 1, room, some);
}

/** Whole files that fit, in order. One that does not fit leaves room for smaller ones. */
function foldsThatFit(folds: readonly string[], room: number): string {
  const note = (left: number) =>
    `\n**Left out of this comment: ${plural(left, "diff")}. The run's artifact has everything.**\n`;
  let left = room - note(folds.length).length;
  const shown = folds.filter((fold) => {
    if (fold.length > left) return false;
    left -= fold.length;
    return true;
  });
  return shown.join("") + (shown.length === folds.length ? "" : note(folds.length - shown.length));
}

function manifestFold({ file, patch, added, removed }: FileDiff): string {
  return fold(`<code>${escapeHtml(file)}</code> +${added} −${removed}`, "diff", patch);
}

function liveFold(text: string): string {
  return fold("Against the live state: <code>pulumi preview</code>", "text", text);
}

function fold(title: string, language: string, content: string): string {
  return `<details><summary>${title}</summary>\n\n${codeBlock(content.trimEnd(), language)}\n</details>\n`;
}
