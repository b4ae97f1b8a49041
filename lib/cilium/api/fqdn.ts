import { remembered } from "../../common/maps";
import { FQDN_SOURCE, RESERVED_SOURCE } from "./labels";
import type { FqdnSelector } from "./policy";
import { type Selector, selectorOf } from "./selector";

const MATCH_NAME = /^[-a-zA-Z0-9_.]+$/;
export const MATCH_PATTERN = /^[-a-zA-Z0-9_.*]+$/;
const DNS_CHARACTER = "[-a-zA-Z0-9_]";
/** A pattern of stars only, which matches any name (`dnsWildcardRegex`). */
export const EVERYTHING = /^\*+\.?$/;

/** What is wrong with a DNS selector (`FQDNSelector.sanitize`). */
export function fqdnProblem({ matchName, matchPattern }: FqdnSelector): string | undefined {
  if (matchName && matchPattern) return "only one of matchName and matchPattern is allowed";
  if (matchName && !MATCH_NAME.test(matchName))
    return `matchName "${matchName}": only 0-9, a-z, A-Z, ".", "-" and "_" are allowed`;
  return matchPattern ? patternProblem(matchPattern) : undefined;
}

export function patternProblem(pattern: string): string | undefined {
  if (pattern.trim().length > 255) return `matchPattern "${pattern}": must be at most 255 characters long`;
  if (!MATCH_PATTERN.test(pattern))
    return `matchPattern "${pattern}": only 0-9, a-z, A-Z, ".", "-", "_" and "*" are allowed`;
  return undefined;
}

export function nameProblem(name: string): string | undefined {
  return MATCH_NAME.test(name) ? undefined : `matchName "${name}": only 0-9, a-z, A-Z, ".", "-" and "_" are allowed`;
}

/** The key of the label that addresses get through this selector (`IdentityLabel`). */
export function fqdnKey({ matchName, matchPattern }: FqdnSelector): string {
  return matchName || matchPattern || "";
}

export function fqdnSelector(selector: FqdnSelector): Selector {
  const key = fqdnKey(selector);
  return key === "" ? selectorOf(RESERVED_SOURCE, "none") : selectorOf(FQDN_SOURCE, key);
}

/**
 * `*` stands for any characters within one DNS label, a leading `**.` for one or more labels, and stars alone for every name
 * (`ToAnchoredRegexp`).
 */
export const fqdnExpression = remembered((pattern: string): RegExp => {
  const lower = EVERYTHING.test(pattern) ? pattern : qualified(pattern);
  if (EVERYTHING.test(lower)) return new RegExp(`^(${DNS_CHARACTER}+[.])+$|^[.]$`);
  const body = lower
    .replaceAll(".", "[.]")
    .replace(/^\*{2,}\[\.\]/, `(${DNS_CHARACTER}+([.]${DNS_CHARACTER}+)<0>)[.]`)
    .replace(/\*+/g, `${DNS_CHARACTER}*`)
    .replace("<0>", "*");
  return new RegExp(`^${body}$`);
});

/** The name as in DNS responses: in lower case, with a trailing dot. */
export function qualified(name: string): string {
  const lower = name.toLowerCase();
  return lower.endsWith(".") ? lower : `${lower}.`;
}

/**
 * Substitutes for the stars of a pattern: two different words, so that a literal name cannot equal both; an empty part; and three labels, which two
 * single-label stars do not match.
 */
const SAMPLES = [
  { label: "zq7", part: "zq7", depth: 2 },
  { label: "x0v", part: "", depth: 1 },
  { label: "x0v", part: "zq7", depth: 3 },
];

/** Whether `wide` matches every name that `narrow` matches. */
export function patternTakes(wide: FqdnSelector, narrow: FqdnSelector): boolean {
  const [all, some] = [fqdnKey(wide), fqdnKey(narrow)];
  if (all === "" || some === "") return all === some;
  if (EVERYTHING.test(all) || qualified(all) === qualified(some)) return true;
  if (EVERYTHING.test(some)) return false;
  return SAMPLES.every(({ label, part, depth }) => {
    // No label of a name is empty.
    const name = some
      .replace(/^\*{2,}\./, `${label}.`.repeat(depth))
      .replace(/(?<![^.])\*+(?![^.])/g, label)
      .replace(/\*+/g, part);
    return fqdnExpression(all).test(qualified(name));
  });
}
