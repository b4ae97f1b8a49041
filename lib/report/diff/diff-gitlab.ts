import { plainMessage } from "../sarif";
import { changeFingerprint, changeKinds, changeText, type PathOf, placesOf } from "./code-review";
import { type ChangeKind, type DiffReport, rowsOf } from "./diff-rows";

/** GitLab's severities (https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format). */
const severityOf: Record<ChangeKind, string> = {
  opened: "major",
  unclear: "minor",
  closed: "info",
  changed: "info",
};

/**
 * What opens, closes and changes as a GitLab Code Quality report, each at the line of the rule that causes it.
 *
 * @param pathOf A file's path from the repository's root; undefined for a file outside it.
 * @param otherwise The path for issues without a line in the repository, since every issue needs one.
 */
export function diffGitlab(report: DiffReport, pathOf: PathOf, otherwise: string): string {
  const issues = changeKinds.flatMap((kind) =>
    rowsOf(kind, report).map((row) => {
      const place = placesOf(row).find(({ file }) => pathOf(file) !== undefined);
      return {
        description: plainMessage(changeText(row)),
        check_name: kind,
        fingerprint: changeFingerprint(row),
        severity: severityOf[kind],
        location: {
          path: (place && pathOf(place.file)) ?? otherwise,
          lines: { begin: place?.line ?? 1 },
        },
      };
    }),
  );
  return `${JSON.stringify(issues, undefined, 2)}\n`;
}
