import { append, getOrMake, getOrMakeWeak } from "../../common/maps";
import { EVERYTHING, fqdnExpression, fqdnKey, MATCH_PATTERN, patternTakes, qualified } from "./fqdn";
import { FQDN_SOURCE, type Label } from "./labels";
import type { FqdnSelector } from "./policy";

/** An index of DNS names and patterns. Matching a name tries only those with the same start and end, not all. */
export class FqdnPatterns {
  /** Indices of the patterns by the text after their last star, then by the text before their first. A name without a star is both. */
  private readonly byEnds = new Map<string, Map<string, number[]>>();
  /** Indices of the patterns that Cilium refuses. */
  private readonly others: number[] = [];

  constructor(private readonly patterns: readonly string[]) {
    for (const [place, pattern] of patterns.entries()) {
      if (!MATCH_PATTERN.test(pattern)) {
        this.others.push(place);
        continue;
      }
      const text = EVERYTHING.test(pattern) ? "*" : qualified(pattern);
      const [head = ""] = text.split("*", 1);
      const tail = text.slice(text.lastIndexOf("*") + 1);
      const byHead = getOrMake(this.byEnds, tail, () => new Map<string, number[]>());
      append(byHead, head, place);
    }
  }

  /** The patterns that match a name, in the given order. */
  matching(name: string): string[] {
    const fqdn = qualified(name);
    const found = [...this.others];
    for (let from = 0; from <= fqdn.length; from++) {
      const byHead = this.byEnds.get(fqdn.slice(from));
      if (byHead === undefined) continue;
      for (let until = 0; until <= fqdn.length; until++) found.push(...(byHead.get(fqdn.slice(0, until)) ?? []));
    }
    return found
      .sort((a, b) => a - b)
      .flatMap((place) => this.patterns[place] ?? [])
      .filter((pattern) => fqdnExpression(pattern).test(fqdn));
  }

  /** A name that the selector matches and no other pattern does, except for those that match everything that it matches. */
  nameOnlyOf(selector: FqdnSelector): string {
    const key = fqdnKey(selector);
    const isUnique = (name: string) =>
      this.matching(name).every((matchPattern) => matchPattern === "" || patternTakes({ matchPattern }, selector));
    const [usual = key, ...more] = namesOf(key);
    return [usual, ...more].find(isUnique) ?? usual;
  }
}

/** Scenarios look up many names in the same list. */
const known = new WeakMap<readonly string[], FqdnPatterns>();

/** The labels of an address that a DNS name resolved to: one for each of the policies' names and patterns that matches it. */
export function fqdnLabels(name: string, patterns: readonly string[]): Label[] {
  if (name === "") return [];
  const matching = getOrMakeWeak(known, patterns, () => new FqdnPatterns(patterns)).matching(name);
  return matching.map((key) => ({ source: FQDN_SOURCE, key, value: "" }));
}

/** Example names that a pattern matches. */
function namesOf(key: string): string[] {
  if (!key.includes("*")) return [key];
  return WORDS.flatMap((word) =>
    DEPTHS.map((depth) => {
      const labels = Array.from({ length: depth }, () => word).join(".");
      if (EVERYTHING.test(key)) return labels;
      return key.replace(/^\*{2,}\./, `${labels}.`).replaceAll(/\*+/g, word);
    }),
  );
}

const WORDS = ["any", "any-1", "any-2", "any-3"];
const DEPTHS = [1, 2, 3, 4];
