import type { Problem } from "../common/problem";
import { formatPath } from "../common/problem";
import { compareText } from "../common/text";
import { isRecord } from "../input/manifests/shape";
import type { LocatedFinding } from "./located";

/** A known finding. It has neither file nor line, so that policies may move. */
export interface KnownFinding {
  rule: string;
  object: string;
  /** Without list indices, so that items may move too. */
  path: string;
  message: string;
  /** The number of such findings. */
  count: number;
}

/** The members by which a finding is recognized. */
export function identityOf({ rule, object, path, message }: LocatedFinding): Omit<KnownFinding, "count"> {
  return { rule, object, path: unnumbered(formatPath(path)), message: unnumbered(message) };
}

const unnumbered = (text: string) => text.replace(/\[\d+\]/g, "[]");

const keyOf = ({ rule, object, path, message }: Omit<KnownFinding, "count">) =>
  JSON.stringify([rule, object, path, message]);

/** The text of a baseline file for {@link readBaseline}, sorted so that files can be compared. */
export function baselineOf(findings: readonly LocatedFinding[]): string {
  const known = new Map<string, KnownFinding>();
  for (const identity of findings.map(identityOf)) {
    const key = keyOf(identity);
    known.set(key, { ...identity, count: (known.get(key)?.count ?? 0) + 1 });
  }
  const sorted = [...known].sort(([a], [b]) => compareText(a, b)).map(([, finding]) => finding);
  return `${JSON.stringify({ version: 1, findings: sorted }, undefined, 2)}\n`;
}

/** Reads a baseline. */
export function readBaseline(text: string, file: string): { known: KnownFinding[]; problems: Problem[] } {
  const problem = (message: string): Problem => ({
    code: "invalid-baseline",
    file,
    message,
    fix: "recreate it with --update-baseline",
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return { known: [], problems: [problem(`is not JSON: ${(error as Error).message}`)] };
  }
  if (!isRecord(value) || value.version !== 1 || !Array.isArray(value.findings))
    return { known: [], problems: [problem("is not a baseline of lint that this version reads")] };
  if (!value.findings.every(isKnown))
    return { known: [], problems: [problem("contains something that is not a finding")] };
  return { known: value.findings, problems: [] };
}

function isKnown(value: unknown): value is KnownFinding {
  return (
    isRecord(value) &&
    ["rule", "object", "path", "message"].every((key) => typeof value[key] === "string") &&
    Number.isInteger(value.count)
  );
}

/** The new findings, with the number of known ones, and of known ones that are gone. */
export function withoutKnown(
  findings: readonly LocatedFinding[],
  known: readonly KnownFinding[],
): { findings: LocatedFinding[]; known: number; gone: number } {
  const left = new Map(known.map((one) => [keyOf(one), one.count]));
  const fresh = findings.filter((finding) => {
    const key = keyOf(identityOf(finding));
    const count = left.get(key) ?? 0;
    if (count > 0) left.set(key, count - 1);
    return count === 0;
  });
  const gone = [...left.values()].reduce((sum, count) => sum + count, 0);
  return { findings: fresh, known: findings.length - fresh.length, gone };
}
