import { createHash } from "node:crypto";
import { identityKey, identityOf } from "../../lint/identity";
import type { LocatedFinding } from "../../lint/located";

/**
 * A unique identifier for each finding that stays the same between runs, even if the finding moves within its file.
 *
 * @param pathOf A file's path as it is reported.
 */
export function fingerprints(
  findings: readonly LocatedFinding[],
  pathOf: (file: string) => string,
): Map<LocatedFinding, string> {
  const seen = new Map<string, number>();
  return new Map(
    findings.map((finding) => {
      const key = JSON.stringify([pathOf(finding.file), identityKey(identityOf(finding))]);
      const count = (seen.get(key) ?? 0) + 1;
      seen.set(key, count);
      return [finding, createHash("sha256").update(`${key}\0${count}`).digest("hex")];
    }),
  );
}
