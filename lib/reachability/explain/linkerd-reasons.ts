import { formatPlace } from "../../common/problem";
import type { DecidingObject } from "../linkerd/linkerd-decision";
import { opensRequests } from "../opens-requests";
import type { Verdict } from "../verdict";
import { linkerdWords } from "../words";
import type { ChangeReason, ComparedEdge } from "./change-reason";
import type { Explainer } from "./explain";
import { named, type ReasonRule, verb } from "./reason-rules";
import { listed } from "./sentence";

/** The reason if Linkerd's decision opens or closes something. */
export function linkerdReason({ sides, before, after }: ComparedEdge): ChangeReason[] {
  const [decisionBefore, decisionAfter] = [before.linkerd, after.linkerd];
  if (decisionBefore === undefined && decisionAfter === undefined) return [];
  const rise = linkerdState(after) - linkerdState(before);
  const opens = rise > 0 || opensRequests(decisionBefore, decisionAfter);
  const closes = rise < 0 || opensRequests(decisionAfter, decisionBefore);
  if (!opens && !closes) return [];
  const objectsAfter = linkerdObjects(sides.after, after, "after");
  const objectsBefore = linkerdObjects(sides.before, before, "before");
  if (objectsAfter === undefined) {
    const words = `no Server and no default policy decides any more; before: ${objectsBefore?.words ?? ""}`;
    return [{ layer: "linkerd", words, rules: objectsBefore?.rules ?? [] }];
  }
  // Name the authorizations that are gone, with the places they had.
  const lost = (objectsBefore?.rules ?? []).filter(
    (rule) => !objectsAfter.rules.some((one) => one.words === rule.words),
  );
  const begin = { denied: "refuses it: ", allowed: "admits it: ", unknown: "" }[decisionAfter?.verdict ?? "allowed"];
  const gone = lost.length === 0 ? "" : `; ${named(lost)} no longer ${verb("decide", lost)}`;
  return [{ layer: "linkerd", words: `${begin}${objectsAfter.words}${gone}`, rules: [...objectsAfter.rules, ...lost] }];
}

const linkerdState = ({ linkerd }: Verdict) =>
  linkerd === undefined ? 2 : { denied: 0, unknown: 1, allowed: 2 }[linkerd.verdict];

/** Linkerd's decision in one state as text, and the deciding objects. */
export function linkerdObjects(explainer: Explainer, verdict: Verdict, side: ReasonRule["side"]) {
  const explanation = explainer.authorization(verdict);
  if (explanation === undefined || verdict.linkerd === undefined) return undefined;
  const rules = explanation.objects.map(
    (one): ReasonRule => ({ side, effect: "decide", words: objectWords(one), ...one }),
  );
  return { words: withPlaces(linkerdWords(verdict.linkerd), rules, explanation.objects), rules };
}

/** The words with file and line after the first mention of each object; objects that they do not mention follow in brackets. */
function withPlaces(words: string, rules: readonly ReasonRule[], objects: readonly DecidingObject[]): string {
  const named: { end: number; at: string }[] = [];
  const others: string[] = [];
  for (const [index, { place, words: long }] of rules.entries()) {
    if (place === undefined) continue;
    const at = ` at ${formatPlace(place)}`;
    const { kind = "", name = "" } = objects[index] ?? {};
    const end = endOfName(words, `${kind} ${name}`);
    if (end === undefined) others.push(`${long}${at}`);
    else named.push({ end, at });
  }
  const placed = named
    .sort((a, b) => b.end - a.end)
    .reduce((text, { end, at }) => text.slice(0, end) + at + text.slice(end), words);
  return others.length === 0 ? placed : `${placed} [${listed(others, 4)}]`;
}

/** The index after a name in words, matched as a whole: `Server web` does not match in `Server web-admin`. Undefined if it is not there. */
function endOfName(words: string, name: string): number | undefined {
  for (let start = words.indexOf(name); start >= 0; start = words.indexOf(name, start + 1)) {
    const end = start + name.length;
    if (!/[\w.-]/.test(words.charAt(end))) return end;
  }
  return undefined;
}

const objectWords = ({ kind, namespace, name }: DecidingObject) => `${kind} ${namespace}/${name}`;
