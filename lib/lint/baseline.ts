import type { Problem } from "../common/problem";
import { compareText } from "../common/text";
import { isRecord } from "../input/manifests/shape";
import { countByIdentity, type FindingIdentity, identityKey, identityOf } from "./identity";
import type { LocatedFinding } from "./located";

/** A known finding. */
export interface KnownFinding extends FindingIdentity {
  /** The number of such findings. */
  count: number;
}

/** Version 1 recognized findings by their messages. */
const VERSION = 2;

/** The text of a baseline file for {@link readBaseline}, sorted so that files can be compared. */
export function baselineOf(findings: readonly LocatedFinding[]): string {
  const counts = countByIdentity(findings);
  const identities = new Map(findings.map(identityOf).map((identity) => [identityKey(identity), identity]));
  const known = [...identities]
    .sort(([a], [b]) => compareText(a, b))
    .map(([key, identity]): KnownFinding => ({ ...identity, count: counts.get(key) ?? 0 }));
  return `${JSON.stringify({ version: VERSION, findings: known }, undefined, 2)}\n`;
}

/** The known findings of a baseline file. */
export interface Baseline {
  /** Their number by {@link identityKey}. */
  known: ReadonlyMap<string, number>;
  problems: readonly Problem[];
}

/** Reads a baseline. */
export function readBaseline(text: string, file: string): Baseline {
  const refused = (message: string): Baseline => ({
    known: new Map(),
    problems: [{ code: "invalid-baseline", file, message, fix: "recreate it with --update-baseline" }],
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return refused(`is not JSON: ${(error as Error).message}`);
  }
  if (isRecord(value) && value.version === 1)
    return refused("recognizes findings by their messages, as older versions did; this version goes by their facts");
  if (!isRecord(value) || value.version !== VERSION || !Array.isArray(value.findings))
    return refused("is not a baseline of lint that this version reads");
  if (!value.findings.every(isKnown)) return refused("contains something that is not a finding");
  return { known: new Map(value.findings.map((one) => [identityKey(one), one.count])), problems: [] };
}

function isKnown(value: unknown): value is KnownFinding {
  return (
    isRecord(value) &&
    ["rule", "object", "path"].every((key) => typeof value[key] === "string") &&
    isRecord(value.data) &&
    Number.isInteger(value.count)
  );
}
