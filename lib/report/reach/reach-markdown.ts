import { formatPlace, formatProblem } from "../../common/problem";
import { stateOf, type Verdict } from "../../reachability/verdict";
import {
  beyondPolicies,
  decidedBy,
  mark,
  meshWords,
  plural,
  portWords,
  reasonsOf,
  someOf,
} from "../../reachability/words";
import type { EndpointFacts } from "../../scenario/scenario";
import { code, details, escapeMarkdown, table } from "../markdown";
import { firstWords, noticesOf } from "../notices";
import type { ReachReport } from "./reach-report";
import { namespaceOf, sourceWords, summarize } from "./summary";

/** GitHub renders Markdown up to half a megabyte. A row of the table has about 150 characters, a cell of the matrix four. */
const most = { rows: 2000, cells: 40_000 };

/** The matrix as Markdown: who reaches whom, then what is refused or unreadable, then the folded grid. */
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

/** The lines about what limits the answer, if anything does. */
export function warningLines(report: Pick<ReachReport, "refused" | "problems" | "unseen" | "notices">): string[] {
  const { refused, problems } = report;
  const lines = [
    ...refused.map(
      ({ policy, reason, ...place }) =>
        `> ⚠️ ${code(policy)} ${escapeMarkdown(formatPlace(place))}: Cilium refuses this policy, so what it should deny stays open: ${escapeMarkdown(reason)}`,
    ),
    ...problems.map((problem) => `> ⚠️ ${escapeMarkdown(formatProblem(problem))}`),
    ...noticesOf(report).map(({ message }) => `> ⚠️ ${escapeMarkdown(message)}`),
  ];
  return lines.length === 0 ? [] : [...lines.flatMap((line) => [line, ">"]).slice(0, -1), ""];
}

/** One grid per namespace: who (rows) reaches which port (columns). A dot is an edge that was not evaluated. */
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
  const distinct = ({ rows, columns }: { rows: Map<string, Map<string, string>>; columns: Map<string, string> }) => {
    const cells = (id: string) => [...columns.keys()].map((column) => rows.get(id)?.get(column)).join();
    // Leave out rows that repeat that of a more general representative.
    return [...rows].filter(
      ([id]) => !byId.get(id)?.representative?.foldsInto.some((other) => rows.has(other) && cells(other) === cells(id)),
    );
  };
  return [...namespaces].flatMap(([name, { columns, rows }]) => [
    `**to ${escapeMarkdown(name)}**`,
    "",
    ...table(
      ["from", ...columns.values()],
      distinct({ rows, columns }).map(([from, cells]) => [
        code(from),
        ...[...columns.keys()].map((column) => cells.get(column) ?? "·"),
      ]),
    ),
    "",
  ]);
}
