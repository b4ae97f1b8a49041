import { createHash } from "node:crypto";
import { formatProblem, type Place } from "../../common/problem";
import { describeUnseen } from "../../common/unseen";
import { portsWords, someOf } from "../../reachability/words";
import { plainMessage, sarifLocation } from "../sarif";
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
export const changeKinds: readonly ChangeKind[] = ["opened", "closed", "changed", "unclear"];

/**
 * What opens, closes and changes as SARIF 2.1.0: each stands at the line of the rule that makes the difference, where a code review shows it.
 *
 * @param pathOf A file's path from the repository's root, with slashes. Undefined: it is no file of it, and has no place in a review.
 * @param version meshfence's own.
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

/** A file's path from the repository's root; undefined where it is no file of it. */
export type PathOf = (file: string) => string | undefined;

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

/** What a reviewer is told of an edge, in one line. */
export function changeText({ from, to, ports, before, after, why, mesh }: ChangeRow): string {
  const edge = `${someOf(from, 8)} → ${to} ${portsWords(ports)}`;
  return [`${edge}: ${before} → ${after}`, ...(mesh === "" ? [] : [mesh]), ...why].join(". ");
}

/** What an edge's change is known by from run to run. */
export function changeFingerprint({ kind, from, to, ports }: ChangeRow): string {
  return createHash("sha256")
    .update(JSON.stringify([kind, from, to, ports]))
    .digest("hex");
}

/** Where the rules stand that make the difference: those of the state afterwards first, which a review shows. */
export function placesOf({ rules }: ChangeRow): Place[] {
  const sorted = [...rules].sort((a, b) => Number(a.side === "before") - Number(b.side === "before"));
  return sorted.flatMap(({ place }) => place ?? []);
}
