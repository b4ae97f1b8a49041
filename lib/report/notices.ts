import { compareText } from "../common/text";
import type { Maker } from "../input/manifests/makers";
import { plural } from "../reachability/words";

/** Something that limits an answer and is no fault of the input. */
export interface Notice {
  /** What it is about, in a word: `Kustomization`. */
  about: string;
  message: string;
}

/** One notice for each kind of what makes objects that are not seen. */
export function noticesOf(makers: readonly Maker[]): Notice[] {
  const kinds = new Map<string, [Maker, ...Maker[]]>();
  for (const maker of makers) {
    const key = `${maker.kind} of ${maker.group}`;
    const alike = kinds.get(key);
    if (alike === undefined) kinds.set(key, [maker]);
    else alike.push(maker);
  }
  return [...kinds]
    .sort(([a], [b]) => compareText(a, b))
    .map(([name, [first, ...others]]) => {
      const count = others.length + 1;
      const where = others.some(({ file }) => file !== first.file) ? `${first.file} and elsewhere` : first.file;
      const made = `what ${count === 1 ? "it makes or changes" : "they make or change"} is not seen`;
      return {
        about: first.kind,
        message: `${plural(count, name, name)} (${where}): ${made}. ${first.fix}`,
      };
    });
}

/** Where there is room for a few words only. */
export function noticesInShort(notices: readonly Notice[]): string[] {
  if (notices.length === 0) return [];
  return [`not seen: what comes of ${[...new Set(notices.map(({ about }) => about))].join(", ")}`];
}
