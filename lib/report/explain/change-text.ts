import type { Change } from "../../reachability/diff";
import type { ProposedChange } from "../../reachability/explain/change";
import { type NoChange, noChangeWords } from "../../reachability/explain/no-change";
import type { State } from "../../reachability/verdict";
import { portWords, someOf } from "../../reachability/words";
import { plainStyle, type Style, wrap } from "../style";
import { byHandLines, type HandEdit, type OfEnds } from "./by-hand";

/** A change with its patch, and with the edits that cannot be written into a file. */
export interface ShownChange extends ProposedChange {
  /** The change as a patch. Empty if it cannot be written into a file. */
  patch: string;
  byHand: readonly HandEdit[];
}

const indent = 11;

/** The change that opens or closes a flow, for a person at a terminal: in words, with its side effects, and as a patch. */
export function changeText(
  state: State,
  change: ShownChange | undefined,
  style: Style = plainStyle,
  { noChange, ends }: { noChange?: NoChange | undefined; ends?: OfEnds } = {},
): string {
  if (state === "unknown") return "";
  const verb = state === "denied" ? "opens" : "closes";
  const title = (state === "denied" ? "to open" : "to close").padEnd(indent - 2);
  if (change === undefined) {
    const words = wrap(noChangeWords(verb, noChange), { indent, used: indent });
    return `  ${style.faint(title)}${words}\n`;
  }
  const lines = change.edits.map(
    ({ words }) => `${" ".repeat(indent)}${wrap(`- ${words}`, { indent: indent + 2, used: indent })}`,
  );
  const [first = "", ...rest] = lines;
  return [
    `  ${style.faint(title)}${first.trimStart()}`,
    ...rest,
    `${" ".repeat(indent)}${wrap(alsoWords(change, verb), { indent })}`,
    ...(change.patch === "" ? [] : ["", ...coloured(change.patch, style)]),
    ...byHandLines(state, change.byHand, style, ends),
    "",
  ].join("\n");
}

/** The side effects of a change. */
export function alsoWords({ opens, closes }: ProposedChange, verb: string): string {
  const parts = [
    ...(opens.length > 0 ? [`Also opens ${edgesWords(opens)}.`] : []),
    ...(closes.length > 0 ? [`Also closes ${edgesWords(closes)}.`] : []),
  ];
  return parts.length > 0 ? parts.join(" ") : `Checked: of all edges here, it ${verb} only this.`;
}

function edgesWords(changes: readonly Change[]): string {
  const edges = changes.map(({ from, to, ...port }) => `${someOf(from, 3)} → ${to} ${portWords(port)}`);
  return someOf(edges, 6);
}

function coloured(patch: string, style: Style): string[] {
  return patch
    .trimEnd()
    .split("\n")
    .map((line) =>
      /^(---|\+\+\+|@@)/.test(line)
        ? style.faint(line)
        : line.startsWith("+")
          ? style.good(line)
          : line.startsWith("-")
            ? style.bad(line)
            : line,
    );
}
