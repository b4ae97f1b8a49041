import { append, getOrMake, getOrMakeWeak } from "../../common/maps";
import { EVERYTHING, fqdnExpression, fqdnKey, MATCH_PATTERN, patternTakes, qualified } from "./fqdn";
import { FQDN_SOURCE, type Label } from "./labels";
import type { FqdnSelector } from "./policy";

/** Names and patterns of DNS. Whoever asks which of them take a name pays for those that begin and end like it, not for all. */
export class FqdnPatterns {
  /** Places of patterns by what stands behind their last star, and then before their first. A name has no star, and is all of both. */
  private readonly byEnds = new Map<string, Map<string, number[]>>();
  /** Places of what Cilium refuses as a pattern. */
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

  /** Those that take a name, in the order in which they were given. */
  taking(name: string): string[] {
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

  /** A name that a selector takes and the others do not, but for those that take every name that it takes. */
  nameOnlyOf(selector: FqdnSelector): string {
    const key = fqdnKey(selector);
    const isAlone = (name: string) =>
      this.taking(name).every((matchPattern) => matchPattern === "" || patternTakes({ matchPattern }, selector));
    const [usual = key, ...more] = namesOf(key);
    return [usual, ...more].find(isAlone) ?? usual;
  }
}

/** A scenario asks about each of its names with the same list. */
const known = new WeakMap<readonly string[], FqdnPatterns>();

/** The labels of an address that the DNS name resolved to, out of all names and patterns that policies mention. */
export function fqdnLabels(name: string, patterns: readonly string[]): Label[] {
  if (name === "") return [];
  const taking = getOrMakeWeak(known, patterns, () => new FqdnPatterns(patterns)).taking(name);
  return taking.map((key) => ({ source: FQDN_SOURCE, key, value: "" }));
}

/** Some names that a pattern stands for. */
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
