import { formatPath, formatProblem, type Problem } from "../../common/problem";
import { describeUnseen } from "../../common/unseen";
import type { RuleDoc, Severity } from "../../lint/finding";
import { ignoreRules } from "../../lint/ignores/rules";
import type { LocatedFinding } from "../../lint/located";
import { rules } from "../../lint/rules";
import { noticesOf } from "../notices";
import { plainMessage, sarifLocation } from "../sarif";
import { fingerprints } from "./fingerprint";
import { type FindingsReport, inOrder } from "./report";

const levelOf = { error: "error", warning: "warning", info: "note" } as const satisfies Record<Severity, string>;
const described: readonly RuleDoc[] = [...rules, ...ignoreRules];
const indexOf = new Map(described.map(({ id }, index) => [id, index]));

/**
 * Findings as SARIF 2.1.0, for GitHub's code scanning and other readers. Unreadable input is a notification of the invocation, which then counts
 * as failed.
 *
 * @param pathOf A file's path from the repository's root, with slashes.
 * @param version The version of meshfence.
 */
export function findingsSarif(report: FindingsReport, pathOf: (file: string) => string, version: string): string {
  const { problems } = report;
  const sorted = inOrder(report.findings);
  const known = fingerprints(sorted, pathOf);
  const notifications = [
    ...problems.map((problem) => ({
      level: "error",
      message: { text: plainMessage(formatProblem(withoutPlace(problem))) },
      ...(problem.file !== undefined && { locations: [sarifLocation({ ...problem, file: problem.file }, pathOf)] }),
    })),
    ...noticesOf({ ...report, unseen: [] }).map(({ message }) => ({
      level: "warning",
      message: { text: plainMessage(message) },
    })),
    ...(report.unseen ?? []).map((unseen) => ({
      level: "warning",
      message: { text: plainMessage(describeUnseen(unseen)) },
      locations: [sarifLocation(unseen, pathOf)],
    })),
  ];
  const log = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [
      {
        tool: { driver: { name: "meshfence", version, rules: described.map(ruleOf) } },
        invocations: [{ executionSuccessful: problems.length === 0, toolExecutionNotifications: notifications }],
        columnKind: "utf16CodeUnits",
        results: sorted.map((finding) => resultOf(finding, pathOf, known.get(finding) ?? "")),
      },
    ],
  };
  return `${JSON.stringify(log, undefined, 2)}\n`;
}

const withoutPlace = ({ file: _, line: __, column: ___, ...problem }: Problem): Problem => problem;

function ruleOf({ id, severity, title, why, fix }: RuleDoc) {
  const name = id.replace(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
  return {
    id,
    name,
    shortDescription: { text: `${title}.` },
    fullDescription: { text: why },
    help: { text: `${why}\n\nFix: ${fix}`, markdown: `${why}\n\n**Fix.** ${fix}` },
    defaultConfiguration: { level: levelOf[severity] },
  };
}

function resultOf(finding: LocatedFinding, pathOf: (file: string) => string, fingerprint: string) {
  const { rule, severity, object, path, message, fix } = finding;
  const name = [object, formatPath(path)].filter(Boolean).join(", ");
  return {
    ruleId: rule,
    ruleIndex: indexOf.get(rule) ?? -1,
    level: levelOf[severity],
    message: { text: plainMessage(`${name}: ${message}. Fix: ${fix}`) },
    locations: [
      { ...sarifLocation(finding, pathOf), logicalLocations: [{ fullyQualifiedName: name, kind: "object" }] },
    ],
    partialFingerprints: { "meshfence/v2": fingerprint },
  };
}
