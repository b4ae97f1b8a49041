import { createHash } from "node:crypto";
import type { Place } from "../../common/problem";
import { portsWords, someOf } from "../../reachability/words";
import type { ChangeKind, ChangeRow } from "./diff-rows";

/** The kinds of changes in the order in which reports for code reviews list them. */
export const changeKinds: readonly ChangeKind[] = ["opened", "closed", "changed", "unclear"];

/** The path of a file from the repository's root. Undefined for a file outside it. */
export type PathOf = (file: string) => string | undefined;

/** Describes the change of an edge in one line. */
export function changeText({ from, to, ports, before, after, why, mesh }: ChangeRow): string {
  const edge = `${someOf(from, 8)} → ${to} ${portsWords(ports)}`;
  return [`${edge}: ${before} → ${after}`, ...(mesh === "" ? [] : [mesh]), ...why].join(". ");
}

/** Identifies the change of an edge from run to run. */
export function changeFingerprint({ kind, from, to, ports }: ChangeRow): string {
  return createHash("sha256")
    .update(JSON.stringify([kind, from, to, ports]))
    .digest("hex");
}

/** The places of the rules that cause the change, those of the new state first, because a review shows that state. */
export function placesOf({ rules }: ChangeRow): Place[] {
  const sorted = [...rules].sort((a, b) => Number(a.side === "before") - Number(b.side === "before"));
  return sorted.flatMap(({ place }) => place ?? []);
}
