import { formatPlace } from "../../common/problem";
import type { State } from "../../reachability/verdict";
import {
  decidedBy,
  mark,
  meshWords,
  plural,
  portWords,
  proxiedWords,
  reasonsOf,
  someOf,
} from "../../reachability/words";
import { fitting, lineCount } from "../folded";
import { firstWords, type Limits, noticesInShort, noticesOf } from "../notices";
import { plainStyle, type Style, wrap } from "../style";
import type { ReachReport, RefusedNote } from "./reach-report";
import { namespaceOf, sourceWords, summarize } from "./summary";
import type { SourceGroup, Target } from "./targets";

/**
 * The matrix for a terminal, grouped by target; denied edges are counted, not listed.
 *
 * @param most The maximum number of lines; what is left out is counted. Default: unlimited.
 */
export function reachText(report: ReachReport, style: Style = plainStyle, most?: number): string {
  const { endpoints } = report;
  const { targets, counts, fromOwnNode } = summarize(report.answers, endpoints);
  const total = counts.allowed + counts.denied + counts.unknown;
  const title = [
    style.strong(wrap(headline(counts, total, report), { indent: 2, used: 0 })),
    style.faint(`  ${setting(report)}`),
    ...(report.shown === undefined ? [] : [style.strong(`  ${wrap(report.shown.words, { indent: 2 })}`)]),
  ];
  const byId = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]));
  let section: string | undefined;
  const blocks = targets.map((target) => {
    const namespace = namespaceOf(byId.get(target.to)) ?? "outside the cluster's pods";
    const heading = namespace === section ? [] : ["", style.strong(namespace)];
    section = namespace;
    const meshed = byId.get(target.to)?.mesh?.injected === true;
    const shown = { meshed, denials: report.shown?.states?.includes("denied") === true };
    return { target, namespace, lines: [...heading, ...targetLines(target, shown, style)] };
  });
  const foot: string[] = [];
  if (total === 0) {
    const nothing = "Nothing to evaluate: no endpoint declares a port that another one could reach.";
    foot.push("", wrap(report.shown === undefined ? nothing : "Nothing matches the filters."));
  }
  if (fromOwnNode > 0) {
    foot.push(
      "",
      wrap(`Not listed: a node (kubelet) reaches the pods that run on it, ${plural(fromOwnNode, "edge")}.`),
    );
  }
  const whole = [...title, ...caveats(report, style)];
  const isTooLong =
    most !== undefined && lineCount([...whole, ...foot, ...blocks.flatMap(({ lines }) => lines)]) > most;
  if (!isTooLong) return textOf([...whole, ...blocks.flatMap(({ lines }) => lines), ...foot]);
  const head = lineCount(whole) > most / 3 ? [...title, ...caveatsInShort(report, style)] : whole;
  const room = most - lineCount(head) - lineCount(foot) - FOLDED_LINES;
  const { shown, left } = fitting(blocks, ({ lines }) => lineCount(lines), room);
  return textOf([...head, ...shown.flatMap(({ lines }) => lines), ...foot, "", wrap(foldedWords(left))]);
}

const textOf = (lines: readonly string[]) => `${lines.join("\n")}\n`;

/** Lines for {@link foldedWords}, with the empty line above it. */
const FOLDED_LINES = 4;

function foldedWords(left: readonly { target: Target; namespace: string }[]): string {
  const namespaces = [...new Set(left.map(({ namespace }) => namespace))];
  const targets = plural(new Set(left.flatMap(({ target }) => target.targets)).size, "more destination");
  const where = namespaces.length === 1 ? `of ${namespaces[0]}` : `of ${plural(namespaces.length, "namespace")}`;
  return `Folded: ${targets} ${where}. --verbose shows all of them; --from, --to, --port and --only show less.`;
}

function headline(counts: Record<State, number>, total: number, limits: Limits): string {
  const unknown = counts.unknown === 0 ? "" : `, ${counts.unknown.toLocaleString("en-US")} unknown`;
  const known = `Reachability: ${counts.allowed.toLocaleString("en-US")} of ${plural(total, "edge")} allowed, ${counts.denied.toLocaleString("en-US")} denied${unknown}`;
  return `${known}${firstWords(limits)}`;
}

function setting({ endpoints, policies, transportMode }: ReachReport): string {
  const known = endpoints.filter(({ representative }) => representative === undefined);
  const workloads = known.filter((endpoint) => namespaceOf(endpoint) !== undefined).length;
  const parts = [
    plural(workloads, "workload"),
    plural(known.length - workloads, "other peer"),
    plural(policies, "policy", "policies"),
  ];
  if (transportMode !== undefined) parts.push(`mesh: ${transportMode}`);
  return parts.join(" · ");
}

/** What limits the answer, before the answer. */
function caveats(report: ReachReport, style: Style): string[] {
  const { problems, refused } = report;
  const lines: string[] = [];
  if (refused.length > 0) {
    lines.push("", style.warn(refusedTitle(refused.length)), ...refused.flatMap((note) => refusedLines(note, style)));
  }
  if (problems.length > 0) lines.push("", style.warn(problemsTitle(problems.length)));
  for (const line of noticeLines(report, style)) lines.push("", line);
  return lines;
}

/** The same, in a line or two for each. */
function caveatsInShort(report: ReachReport, style: Style): string[] {
  const { problems, refused } = report;
  const lines = [
    ...(refused.length > 0 ? [style.warn(refusedTitle(refused.length))] : []),
    ...(problems.length > 0 ? [style.warn(problemsTitle(problems.length))] : []),
    ...noticesInShort(report).map((notice) => style.warn(`! ${wrap(notice, { indent: 2 })}`)),
  ];
  return lines.length === 0 ? [] : ["", ...lines];
}

/** The line about problems, which are themselves on standard error. */
export function problemsTitle(count: number): string {
  return `! ${wrap(`${plural(count, "problem")} in the input: what could not be read is missing from this answer`, { indent: 2 })}`;
}

export function noticeLines(limits: Limits, style: Style): string[] {
  return noticesOf(limits).map(({ message }) => style.warn(`! ${wrap(message, { indent: 2 })}`));
}

export function refusedTitle(count: number): string {
  return `! Cilium refuses ${plural(count, "policy", "policies")}: what ${count === 1 ? "it" : "they"} should deny stays open`;
}

export function refusedLines({ policy, reason, ...place }: RefusedNote, style: Style): string[] {
  return [`  ${policy}  ${style.faint(formatPlace(place))}`.trimEnd(), `    ${wrap(reason, { indent: 4 })}`];
}

const column = 4;

/** @param shown Whether the target is meshed, and whether denied sources are listed one by one. */
function targetLines(target: Target, shown: { meshed: boolean; denials: boolean }, style: Style): string[] {
  const ports = target.ports.map((port) => portWords(port, port.name)).join(", ");
  const who = someOf(target.targets, 8);
  const lines = [`  ${style.strong(who)}  ${wrap(ports, { indent: 4, used: who.length + 4 })}`];
  const denied = target.groups.filter(({ state }) => state === "denied");
  for (const group of target.groups) {
    if (group.state !== "denied") lines.push(...groupLines(group, target, shown.meshed, style));
    else if (shown.denials) lines.push(...denialLines(group, target, style));
  }
  if (shown.denials) return lines;
  const first = denied[0]?.from[0];
  if (first !== undefined) {
    const count = denied.reduce((sum, { from }) => sum + from.length, 0);
    const who = count === 1 ? first : count === target.sources ? "everyone" : plural(count, "other");
    const reasons = [...new Set(denied.flatMap(({ verdict }) => reasonsOf(verdict)))];
    lines.push(`    ${style.bad(mark.denied)} ${wrap(`${who}: ${someOf(reasons, 3)}`, { indent: column + 2 })}`);
  }
  return lines;
}

function denialLines(group: SourceGroup, target: Target, style: Style): string[] {
  const reasons = someOf(reasonsOf(group.verdict), 3);
  return [
    `    ${style.bad(mark.denied)} ${wrap(sourceWords(group, target), { indent: column + 2 })}`,
    `      ${style.faint(wrap(reasons, { indent: column + 2 }))}`,
  ];
}

function groupLines(group: SourceGroup, target: Target, meshed: boolean, style: Style): string[] {
  const { state, verdict } = group;
  const glyph = state === "allowed" ? style.good(mark[state]) : style.warn(mark[state]);
  const who = sourceWords(group, target);
  // Mention plain text only if mTLS could be expected.
  const mesh = meshed || verdict.wire?.mtls === true ? meshWords(verdict) : "";
  const why = [decidedBy(verdict), mesh, proxiedWords(verdict)].filter(Boolean).join(" · ");
  const first = `    ${glyph} ${wrap(who, { indent: column + 2 })}`;
  const fits = who.length + why.length + column + 4 <= 80;
  return fits ? [`${first}  ${style.faint(why)}`] : [first, `      ${style.faint(wrap(why, { indent: column + 2 }))}`];
}
