import { printable } from "../common/printable";
import { formatProblem } from "../common/problem";
import { stateOf, type Verdict } from "../reachability/verdict";
import {
  beyondPolicies,
  decidedBy,
  mark,
  meshWords,
  plural,
  portWords,
  reasonsOf,
  someOf,
} from "../reachability/words";
import type { EndpointFacts } from "../scenario/scenario";
import { firstWords, noticesOf } from "./notices";
import { placeOf, type ReachReport } from "./report";
import { namespaceOf, sourceWords, summarize } from "./summary";

/** Text that stands in a table cell or a line of its own without becoming markup, a link or an @mention. */
export function escapeMarkdown(text: string): string {
  return (
    text
      .replace(/\s+/g, " ")
      .replace(/[\\`*_{}[\]<>|#~&$]/g, (character) => `\\${character}`)
      // GitHub makes links of bare addresses and numbers of issues, and tells whoever is named, in text in which nothing is escaped any more.
      .replace(/(?<=:)(?=\/\/)|(?<=\bwww)(?=\.)|(?<=#)(?=\d)|(?<=\bGH-)(?=\d)|(?<=\b(?:mailto|xmpp):)/gi, "<!-- -->")
      .replace(/@(?=[\w.-])/g, "@<!-- -->")
  );
}

/** As code. A name that holds a backtick, a pipe or the end of a line (none that Kubernetes allows does) is escaped instead. */
export function code(text: string): string {
  return text === "" || /[`|\r\n\u0085\u2028\u2029]/.test(text) ? escapeMarkdown(text) : `\`${text}\``;
}

/** In HTML, in one line: a blank one would end what it stands in. */
export function escapeHtml(text: string): string {
  return printable(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** A block of code that no run of backticks in the text ends. */
export function codeBlock(text: string, language = ""): string {
  const longest = (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
  const fence = "`".repeat(Math.max(3, longest + 1));
  return `${fence}${language}\n${text}\n${fence}\n`;
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${" --- |".repeat(head.length)}`, ...rows.map(line)];
}

/** GitHub shows files of Markdown up to half a megabyte; a row of the table has some 150 characters, a cell of the matrix four. */
const most = { rows: 2000, cells: 40_000 };

/** The matrix as a page: who reaches whom, then what is refused or unreadable, then the grid folded away. */
export function reachMarkdown(report: ReachReport): string {
  const { targets, counts, fromOwnNode } = summarize(report.answers, report.endpoints);
  const total = counts.allowed + counts.denied + counts.unknown;
  const unknown = counts.unknown === 0 ? "" : ` · ${counts.unknown} unknown`;
  const lines = [
    `### Reachability: ${counts.allowed} of ${plural(total, "edge")} allowed · ${counts.denied} denied${unknown}${firstWords(report)}`,
    "",
    ...(report.shown === undefined ? [] : [escapeMarkdown(report.shown.words), ""]),
    ...warningLines(report),
  ];
  const listsDenials = report.shown?.states?.includes("denied") === true;
  const meshed = report.transportMode !== undefined;
  const rows = targets.flatMap((target) => {
    const { targets: them, ports, groups } = target;
    const to = them.length === 1 ? code(them[0] ?? "") : someOf(them, 8, code);
    const port = ports.map((one) => portWords(one, one.name)).join(", ");
    return groups
      .filter(({ state }) => state !== "denied" || listsDenials)
      .map((group) => [
        mark[group.state],
        sourceWords(group, target, code),
        to,
        escapeMarkdown(port),
        escapeMarkdown(group.state === "denied" ? someOf(reasonsOf(group.verdict), 3) : decidedBy(group.verdict)),
        ...(meshed ? [escapeMarkdown(meshWords(group.verdict))] : []),
      ]);
  });
  lines.push(
    ...table(["", "from", "to", "port", "decided by", ...(meshed ? ["mesh"] : [])], rows.slice(0, most.rows)),
    "",
  );
  if (rows.length > most.rows)
    lines.push(`**${plural(rows.length - most.rows, "row")} more not listed: \`--format text\` has everything.**`, "");
  if (!listsDenials) lines.push(`${plural(counts.denied, "denied edge")} not listed.`);
  if (fromOwnNode > 0)
    lines.push(`A node (kubelet) reaches the pods that run on it: ${plural(fromOwnNode, "edge")}, not listed.`);
  if (total <= most.cells)
    lines.push("", ...details("Full matrix", grids((report.named ?? report).verdicts, report.endpoints)));
  else lines.push("", "_The full matrix is too large for a page: `--format jsonl` prints it._");
  return `${lines.join("\n")}\n`;
}

export function warningLines(report: Pick<ReachReport, "refused" | "problems" | "unseen" | "notices">): string[] {
  const { refused, problems } = report;
  const lines = [
    ...refused.map(
      ({ policy, reason, ...place }) =>
        `> ⚠️ ${code(policy)} ${escapeMarkdown(placeOf(place))}: Cilium refuses this policy, so what it should deny stays open: ${escapeMarkdown(reason)}`,
    ),
    ...problems.map((problem) => `> ⚠️ ${escapeMarkdown(formatProblem(problem))}`),
    ...noticesOf(report).map(({ message }) => `> ⚠️ ${escapeMarkdown(message)}`),
  ];
  return lines.length === 0 ? [] : [...lines.flatMap((line) => [line, ">"]).slice(0, -1), ""];
}

export function details(title: string, content: readonly string[]): string[] {
  return [`<details><summary>${title}</summary>`, "", ...content, "</details>"];
}

/** One grid per namespace: who (rows) reaches which port (columns). A dot is an edge that was not asked about. */
export function grids(verdicts: Iterable<Verdict>, endpoints: readonly EndpointFacts[]): string[] {
  const byId = new Map(endpoints.map((endpoint) => [endpoint.id, endpoint]));
  const namespaces = new Map<string, { columns: Map<string, string>; rows: Map<string, Map<string, string>> }>();
  for (const verdict of verdicts) {
    if (beyondPolicies(verdict)) continue;
    const name = namespaceOf(byId.get(verdict.to)) ?? "outside";
    const grid = namespaces.get(name) ?? {
      columns: new Map<string, string>(),
      rows: new Map<string, Map<string, string>>(),
    };
    namespaces.set(name, grid);
    const column = `${verdict.to}\0${verdict.proto}\0${verdict.port}`;
    grid.columns.set(column, `${code(verdict.to)} ${escapeMarkdown(portWords(verdict))}`);
    const row = grid.rows.get(verdict.from) ?? new Map<string, string>();
    row.set(column, mark[stateOf(verdict)]);
    grid.rows.set(verdict.from, row);
  }
  const told = ({ rows, columns }: { rows: Map<string, Map<string, string>>; columns: Map<string, string> }) => {
    const cells = (id: string) => [...columns.keys()].map((column) => rows.get(id)?.get(column)).join();
    // A row that only repeats that of a more general representative is left out.
    return [...rows].filter(
      ([id]) => !byId.get(id)?.representative?.foldsInto.some((other) => rows.has(other) && cells(other) === cells(id)),
    );
  };
  return [...namespaces].flatMap(([name, { columns, rows }]) => [
    `**to ${escapeMarkdown(name)}**`,
    "",
    ...table(
      ["from", ...columns.values()],
      told({ rows, columns }).map(([from, cells]) => [
        code(from),
        ...[...columns.keys()].map((column) => cells.get(column) ?? "·"),
      ]),
    ),
    "",
  ]);
}
