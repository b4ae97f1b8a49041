import { printable } from "./printable";
import { compareText } from "./text";

/**
 * Something that the input names, or that comes of what it names, and that no answer takes into account: the chart of a HelmRelease, the pods of an
 * operator's resource, a policy of a kind that is not evaluated. It is no fault of the input; but who passes over it answers wrongly, so every
 * list of it is counted where the answer begins, and a gate does not open over it.
 *
 * @example
 * const unseen: Unseen = {
 *   file: "apps/web.yaml",
 *   line: 1,
 *   object: "HelmRelease apps/web",
 *   reason: "what comes of its chart is not seen",
 *   fix: "Give the output of `helm template` too",
 *   pods: ["apps"],
 * };
 * describeUnseen(unseen); // apps/web.yaml:1: HelmRelease apps/web: what comes of its chart is not seen. Give the output of `helm template` too
 */
export interface Unseen {
  /** The file that names it, or what stands for one; see `Place.file`. */
  file: string;
  /** Counted from 1. */
  line?: number | undefined;
  /** What it is: `HelmRelease apps/web`. */
  object: string;
  /** What those of its kind are called where many are told of together: `HelmRelease of helm.toolkit.fluxcd.io`. Absent: it is told of alone. */
  kind?: string | undefined;
  /** Why it is not seen, in words that fit one and many: `what comes of this is not seen`. */
  reason: string;
  /** How to make it seen: `Give the output of …`. */
  fix: string;
  /** Namespaces in which there may be pods because of it. Absent: none. */
  pods?: "anywhere" | readonly string[] | undefined;
}

/** By file and line, so that the same input always gives the same list. */
export function sortedUnseen(list: readonly Unseen[]): Unseen[] {
  return [...list].sort(
    (a, b) =>
      compareText(a.file, b.file) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      compareText(a.object, b.object) ||
      compareText(a.reason, b.reason),
  );
}

/**
 * One line: `file:line: object: reason. fix`.
 *
 * @example
 * const unseen: Unseen[] = [];
 * for (const one of unseen) console.error(describeUnseen(one)); // apps/web.yaml:1: HelmRelease apps/web: …
 */
export function describeUnseen(unseen: Unseen): string {
  const { object, reason, fix } = unseen;
  return printable(`${placeOfUnseen(unseen)}: ${object}: ${reason}. ${fix}`);
}

/** `file:line` */
export function placeOfUnseen({ file, line }: Unseen): string {
  return line === undefined ? file : `${file}:${line}`;
}

/** `12 objects not seen`, for the first line of an answer. Undefined where everything was seen. */
export function unseenCount({ length }: readonly Unseen[]): string | undefined {
  if (length === 0) return undefined;
  return length === 1 ? "1 object not seen" : `${length.toLocaleString("en-US")} objects not seen`;
}
