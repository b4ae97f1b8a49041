import type { EdgeChange } from "../../reachability/diff";
import { noChangeWords } from "../../reachability/explain/change";
import { portWords } from "../../reachability/words";
import { byHandParts, type HandPart } from "../explain/by-hand";
import { alsoWords, changeText, type ShownChange } from "../explain/change-text";
import { codeBlock, details, escapeHtml, escapeMarkdown } from "../markdown";
import { plainStyle, type Style } from "../style";

/** How an edge that a gate stops at becomes what it was before. */
export interface GateFix {
  /** The gate, as it was asked for: `opened:world`. */
  gate: string;
  edge: EdgeChange;
  /** The smallest change, checked by the engine. */
  change?: ShownChange;
  /** Why there is none, in a clause. */
  noChange?: string;
  /** How many edges of shut gates are not shown a change for. */
  more: number;
}

const edgeWords = ({ from, to, ...port }: EdgeChange) => `${from} → ${to} ${portWords(port)}`;
const verbOf = ({ after }: EdgeChange) => (after?.allowed === true ? "close" : "open");

/** For a terminal. */
export function gateFixText(fixes: readonly GateFix[], style: Style = plainStyle): string {
  const parts = fixes.map(({ gate, edge, change, noChange }) => {
    const title = `To ${verbOf(edge)} ${edgeWords(edge)} again (--fail-on ${gate})`;
    return `\n${style.strong(title)}\n${changeText(edge.after?.allowed === true ? "allowed" : "denied", change, style, { flow: edge, whyNone: noChange })}`;
  });
  return parts.join("") + moreWords(fixes, "\n");
}

/** For a comment: each folded away. */
export function gateFixMarkdown(fixes: readonly GateFix[]): string[] {
  return fixes.flatMap(({ gate, edge, change, noChange }) => {
    const title = `To ${verbOf(edge)} ${edgeWords(edge)} again (fail-on ${gate})`;
    if (change === undefined) return [escapeMarkdown(`${title}: ${noChangeWords(`${verbOf(edge)}s`, noChange)}`), ""];
    const words = change.edits.map((edit) => `- ${escapeMarkdown(edit.words)}`);
    const patch = change.patch === "" ? [] : codeBlock(change.patch.trimEnd(), "diff").trimEnd().split("\n");
    const state = edge.after?.allowed === true ? "allowed" : "denied";
    const byHand = byHandParts(state, change.byHand, edge).flatMap(handMarkdown);
    const also = escapeMarkdown(alsoWords(change, `${verbOf(edge)}s`));
    return [...details(escapeHtml(title), [...words, "", also, "", ...patch, "", ...byHand]), ""];
  });
}

function handMarkdown({ words, text }: HandPart): string[] {
  const block = text === undefined ? [] : [...codeBlock(text, "yaml").trimEnd().split("\n"), ""];
  return [escapeMarkdown(`By hand, ${words}`), "", ...block];
}

function moreWords(fixes: readonly GateFix[], before: string): string {
  const more = fixes.reduce((most, fix) => Math.max(most, fix.more), 0);
  return more === 0
    ? ""
    : `${before}${more} more edges that gates stop at; meshfence explain FROM TO PORT says how to undo each.\n`;
}
