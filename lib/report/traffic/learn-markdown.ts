import { printable } from "../../common/printable";
import { plural } from "../../reachability/words";
import type { Learned } from "../../traffic/learn/learned";
import { code, codeBlock, details, escapeMarkdown, table } from "../markdown";
import { evidenceLines, learnedNothing, learnGaps, learnYaml } from "./learn-yaml";

/** Rows per table, since a comment has at most 65,536 characters. */
const most = 60;

/** What was learned, for a comment or a page: the proof, each rule with its evidence, what else becomes possible, and the change itself, in folded sections. */
export function learnMarkdown(learned: Learned, patch: string): string {
  const { proof, policies, possible } = learned;
  const title = learnedNothing(learned)
    ? "Nothing is learned"
    : proof.allowed === proof.edges
      ? `All ${plural(proof.edges, "edge")} that passed are allowed with these policies`
      : `${proof.allowed.toLocaleString("en-US")} of ${plural(proof.edges, "edge")} that passed are allowed with these policies`;
  const rules = policies.flatMap(({ manifest, changes, evidence }) =>
    evidence.map(({ direction, seen, need }) => [
      code(printable(`${manifest.metadata.namespace ?? "default"}/${manifest.metadata.name}`)),
      `${changes === undefined ? "new" : "changed"}, ${direction}`,
      [...(need === undefined ? [] : [need]), ...evidenceLines(seen)].map(escapeMarkdown).join("<br>"),
    ]),
  );
  const edges = possible.map(({ from, to, protocol, port }) => [
    code(printable(from)),
    code(printable(to)),
    `${protocol} ${port}`,
  ]);
  const denied = proof.denied.map(({ from, to, protocol, port, by }) => [
    code(printable(from)),
    code(printable(to)),
    `${protocol} ${port}`,
    escapeMarkdown(printable(by.join(", "))),
  ]);
  const folded = (name: string, head: readonly string[], rows: readonly (readonly string[])[]) =>
    rows.length === 0
      ? []
      : [
          ...details(`${name}: ${rows.length.toLocaleString("en-US")}`, [
            ...table(head, rows.slice(0, most)),
            "",
            ...(rows.length > most ? [`${plural(rows.length - most, "row")} more not listed.`, ""] : []),
          ]),
          "",
        ];
  return [
    `### ${title}`,
    "",
    ...folded("Not allowed", ["from", "to", "port", "why"], denied),
    ...folded("Rules", ["policy", "what", "why"], rules),
    ...folded("Also possible, but never seen", ["from", "to", "port"], edges),
    ...learnGaps(learned).map((line) => `${line.startsWith(" ") ? "  " : ""}- ${escapeMarkdown(line.trim())}`),
    "",
    ...details("As YAML", [...codeBlock(learnYaml(learned), "yaml").trimEnd().split("\n"), ""]),
    ...(patch === "" ? [] : details("As a patch", [...codeBlock(patch.trimEnd(), "diff").trimEnd().split("\n"), ""])),
    "",
  ].join("\n");
}
