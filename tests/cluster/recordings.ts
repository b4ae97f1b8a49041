import { readFileSync } from "node:fs";
import path from "node:path";
import type { Snapshot } from "../../lib/cluster";

export const recordedText = (file: string): string => readFileSync(path.join(__dirname, "recordings", file), "utf8");

export type Recording = "transparent" | "transport-header" | "sandbox";

/** A recorded cluster, a copy that a test may change. */
export const recorded = (name: Recording): Snapshot => JSON.parse(recordedText(`${name}.json`)) as Snapshot;

/** The only object of its kind and name, for changes. */
export function find<T extends { kind: string; metadata: { name: string } }>(objects: readonly T[], name: RegExp): T {
  const found = objects.find(({ metadata }) => name.test(metadata.name));
  if (found === undefined) throw new Error(`no object ${name} was recorded`);
  return found;
}
