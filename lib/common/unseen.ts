import { printable } from "./printable";
import { formatPlace } from "./problem";
import { compareText } from "./text";

/**
 * Something that the input refers to and answers do not take into account: the chart of a HelmRelease, the pods of an operator's resource, a policy of
 * a kind that is not evaluated. It is not a mistake in the input, but an answer without it may be wrong. So every report starts with the number
 * of unseen objects, and a gate fails on them.
 *
 * @example
 * const unseen: Unseen = {
 *   file: "apps/web.yaml",
 *   line: 1,
 *   object: "HelmRelease apps/web",
 *   reason: "what its chart produces is not seen",
 *   fix: "Give the output of `helm template` too",
 *   pods: ["apps"],
 * };
 * describeUnseen(unseen); // apps/web.yaml:1: HelmRelease apps/web: what its chart produces is not seen. Give the output of `helm template` too
 */
export interface Unseen {
  /** The file that refers to it; see `Place.file`. */
  file: string;
  /** Counted from 1. */
  line?: number | undefined;
  /** The object: `HelmRelease apps/web`. */
  object: string;
  /** The name of its kind, for reports that group objects: `HelmRelease of helm.toolkit.fluxcd.io`. Absent: it is never grouped. */
  kind?: string | undefined;
  /** Why it is not seen, in words that fit one object and several: `what this produces is not seen`. */
  reason: string;
  /** What in the reason is this object's own: `OCIRepository web`. Reports name several of them behind one reason. */
  detail?: string | undefined;
  /** How to make it visible: `Give the output of …`. */
  fix: string;
  /** The namespaces that may have pods because of it. Default: none. */
  pods?: "anywhere" | readonly string[] | undefined;
}

/** Sorted by file and line, so that the same input gives the same list. */
export function sortedUnseen(list: readonly Unseen[]): Unseen[] {
  return [...list].sort(
    (a, b) =>
      compareText(a.file, b.file) ||
      (a.line ?? 0) - (b.line ?? 0) ||
      compareText(a.object, b.object) ||
      compareText(reasonOfUnseen(a), reasonOfUnseen(b)),
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
  const { object, fix } = unseen;
  return printable(`${formatPlace(unseen)}: ${object}: ${reasonOfUnseen(unseen)}. ${fix}`);
}

/** `its chart is not among the manifests: OCIRepository web` */
export const reasonOfUnseen = ({ reason, detail }: Pick<Unseen, "reason" | "detail">): string =>
  detail === undefined ? reason : `${reason}: ${detail}`;

/** `12 objects not seen`, for the first line of a report. Undefined if everything was seen. */
export function unseenCount({ length }: readonly Unseen[]): string | undefined {
  if (length === 0) return undefined;
  return length === 1 ? "1 object not seen" : `${length.toLocaleString("en-US")} objects not seen`;
}
