import { formatProblem } from "../../common/problem";
import { describeUnseen } from "../../common/unseen";
import { plainMessage, sarifLocation } from "../sarif";
import { changeFingerprint, changeKinds, changeText, type PathOf, placesOf } from "./code-review";
import { type ChangeKind, type ChangeRow, type DiffReport, rowsOf } from "./diff-rows";

const kinds = {
  opened: {
    level: "warning",
    title: "An edge opens",
    why: "Clients that could not connect before can connect after this change.",
  },
  closed: {
    level: "note",
    title: "An edge closes",
    why: "Clients that could connect before cannot connect after this change.",
  },
  unclear: {
    level: "warning",
    title: "An edge may open or close",
    why: "It changes, but what decides it is unknown before or after: it may open or close.",
  },
  changed: {
    level: "note",
    title: "An edge is carried differently",
    why: "Its port on the wire, mTLS or a proxy changes.",
  },
} as const satisfies Record<ChangeKind, { level: string; title: string; why: string }>;

/**
 * What opens, closes and changes as SARIF 2.1.0, each at the line of the rule that causes it, where a code review shows it.
 *
 * @param pathOf A file's path from the repository's root, with slashes; undefined for a file outside it, which a review cannot show.
 * @param version The version of meshfence.
 */
export function diffSarif(report: DiffReport, pathOf: PathOf, version: string): string {
  const notifications = [
    ...report.problems.map(({ file, line, column, ...problem }) => ({
      level: "error",
      message: { text: plainMessage(formatProblem(problem)) },
      locations: file === undefined ? [] : locationsOf([{ file, line, column }], pathOf),
    })),
    ...(report.unseen ?? []).map((unseen) => ({
      level: "warning",
      message: { text: plainMessage(describeUnseen(unseen)) },
      locations: locationsOf([unseen], pathOf),
    })),
  ];
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: {
          driver: {
            name: "meshfence diff",
            version,
            rules: changeKinds.map((id) => ({
              id,
              name: `Edge${id.replace(/^./, (first) => first.toUpperCase())}`,
              shortDescription: { text: `${kinds[id].title}.` },
              fullDescription: { text: kinds[id].why },
              defaultConfiguration: { level: kinds[id].level },
            })),
          },
        },
        invocations: [{ executionSuccessful: report.problems.length === 0, toolExecutionNotifications: notifications }],
        columnKind: "utf16CodeUnits",
        results: changeKinds.flatMap((kind) => rowsOf(kind, report).map((row) => resultOf(row, pathOf))),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

function locationsOf(
  places: readonly { file: string; line?: number | undefined; column?: number | undefined }[],
  pathOf: PathOf,
) {
  return places.flatMap((place) => {
    const file = pathOf(place.file);
    return file === undefined ? [] : [sarifLocation(place, () => file)];
  });
}

function resultOf(row: ChangeRow, pathOf: PathOf) {
  const { kind } = row;
  const [place, ...related] = locationsOf(placesOf(row), pathOf);
  return {
    ruleId: kind,
    ruleIndex: changeKinds.indexOf(kind),
    level: kinds[kind].level,
    message: { text: plainMessage(changeText(row)) },
    locations: place === undefined ? [] : [place],
    ...(related.length > 0 && { relatedLocations: related }),
    partialFingerprints: {
      "meshfence/v1": changeFingerprint(row),
    },
  };
}
