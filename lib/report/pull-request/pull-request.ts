import type { PlanDiff } from "../../plan/diff";
import { plural } from "../../reachability/words";
import { diffMarkdown } from "../diff/diff-markdown";
import type { DiffReport } from "../diff/diff-rows";
import { escapeMarkdown } from "../markdown";
import { mostThatFit } from "../most-that-fit";
import { COMMENT_LIMIT } from "./comment-limit";
import type { FileDiff } from "./file-diff";
import { planDiffHeadline, planDiffRows, planDiffTable } from "./plan-diff";

/** Everything that a comment on a pull request shows, most important first. */
export interface PullRequestReport {
  /** Tells the comments of several programs apart. */
  name: string;
  reach: DiffReport;
  plan: PlanDiff;
  manifests: readonly FileDiff[];
  /** What could not be shown, and why. */
  notes: readonly string[];
  /** Gates that the change does not pass, in words. */
  gates: readonly string[];
  /** What `pulumi preview` says of the live state, where it was asked. */
  live?: string;
}

/** Finds the comment again, so that a later run edits it instead of adding another. */
export function pullRequestMarker(name: string): string {
  return `<!-- meshfence pr ${name.replaceAll(/[^\w./-]/g, "_")} -->`;
}

/** What of the comment's room the second and third layer may ask for, however long the first is. */
const share = { plan: 0.2, manifests: 0.1 };

/**
 * The comment: who can talk to whom, which resources change, and folded away the manifests. Stays within `limit` characters by leaving out
 * manifests, then rows of resources, then of edges; the lines that say how many there are never go.
 */
export function pullRequestComment(report: PullRequestReport, limit = COMMENT_LIMIT): string {
  const { name, reach, plan, manifests, notes, gates, live } = report;
  const marker = pullRequestMarker(name);
  const failed = gates.map((gate) => `> ❌ \`fail-on\` ${escapeMarkdown(gate)}: found`);
  const top = failed.length === 0 ? "" : `${failed.join("\n>\n")}\n\n`;
  const remarks = notes.map((note) => `> ℹ️ ${escapeMarkdown(note)}\n`).join(">\n");

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

/** Whole files, in order; one that does not fit does not keep a smaller one out. */
function foldsThatFit(folds: readonly string[], room: number): string {
  const note = (left: number) =>
    `**Left out of this comment: ${plural(left, "diff")}. The run's artifact has everything.**\n`;
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
  const fence = fenceFor(content);
  const block = [`${fence}${language}`, content.trimEnd(), fence];
  return `<details><summary>${title}</summary>\n\n${block.join("\n")}\n\n</details>\n`;
}

/** Longer than any run of backticks inside, so that what is quoted cannot end it. */
function fenceFor(content: string): string {
  const longest = Math.max(0, ...(content.match(/`+/g) ?? []).map(({ length }) => length));
  return "`".repeat(Math.max(3, longest + 1));
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}
