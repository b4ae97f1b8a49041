import type { EdgeChange } from "../../reachability/diff";
import { type NoChange, noChangeWords } from "../../reachability/explain/no-change";
import { portsWords, type ShownPort } from "../../reachability/words";
import { type HandStep, handSteps, type OfEnds } from "../explain/by-hand";
import { alsoWords, changeText, type ShownChange } from "../explain/change-text";
import { code, codeBlock, details, escapeHtml, escapeMarkdown } from "../markdown";
import { plainStyle, type Style } from "../style";

/** How to undo what opened or closed between two ends and failed a gate. */
export interface GateFix {
  /** The gate as given on the command line: `opened:world`. */
  gate: string;
  /** The first of the edges. */
  edge: EdgeChange;
  /** The ports of the edges between the two ends that the change covers. */
  ports: readonly ShownPort[];
  /** The smallest change that undoes all of them, checked by the engine. Absent: there is none. */
  change?: ShownChange;
  /** Why there is no change. */
  noChange?: NoChange;
  /** How many more edges failed a gate without a change being shown. */
  more: number;
}

const endsOf = ({ edge: { from, to }, ports }: GateFix): OfEnds => ({ from, to, ports });
const stateOf = ({ edge: { after } }: GateFix) => (after?.allowed === true ? "allowed" : "denied");
const verbOf = (fix: GateFix) => (stateOf(fix) === "allowed" ? "close" : "open");
const titleOf = (fix: GateFix, option: string) =>
  `To ${verbOf(fix)} ${fix.edge.from} → ${fix.edge.to} ${portsWords(fix.ports)} again (${option} ${fix.gate})`;

/** For a terminal. */
export function gateFixText(fixes: readonly GateFix[], style: Style = plainStyle): string {
  const parts = fixes.map((fix) => {
    const title = style.strong(titleOf(fix, "--fail-on"));
    return `\n${title}\n${changeText(stateOf(fix), fix.change, style, { ends: endsOf(fix), noChange: fix.noChange })}`;
  });
  return parts.join("") + moreWords(fixes, "\n");
}

/** For a comment, each in a folded section. */
export function gateFixMarkdown(fixes: readonly GateFix[]): string[] {
  return fixes.flatMap((fix) => {
    const { change } = fix;
    const title = titleOf(fix, "fail-on");
    if (change === undefined)
      return [escapeMarkdown(`${title}: ${noChangeWords(`${verbOf(fix)}s`, fix.noChange)}`), ""];
    const words = change.edits.map((edit) => `- ${escapeMarkdown(edit.words)}`);
    const patch = change.patch === "" ? [] : [...codeBlock(change.patch.trimEnd(), "diff").trimEnd().split("\n"), ""];
    const byHand = handSteps(stateOf(fix), change.byHand, endsOf(fix)).flatMap(stepMarkdown);
    const also = escapeMarkdown(alsoWords(change, `${verbOf(fix)}s`));
    return [...details(escapeHtml(title), [...words, "", also, "", ...patch, ...byHand]), ""];
  });
}

function stepMarkdown({ words, path, code: text }: HandStep): string[] {
  const where = path === undefined ? "" : `, at ${code(path)}`;
  if (text === undefined) {
    const remove = path === undefined ? "" : ": remove what is there";
    return [`${escapeMarkdown(words)}${where}${remove}.`, ""];
  }
  return [`${escapeMarkdown(words)}${where}:`, "", ...codeBlock(text.text, text.language).trimEnd().split("\n"), ""];
}

function moreWords(fixes: readonly GateFix[], before: string): string {
  const more = fixes.reduce((most, fix) => Math.max(most, fix.more), 0);
  return more === 0
    ? ""
    : `${before}${more} more edges that fail a gate; meshfence explain FROM TO PORT shows how to undo each.\n`;
}
