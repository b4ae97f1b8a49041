import { isDeepStrictEqual } from "node:util";
import { decodeText } from "../../../../lib/common/decode-text";
import type { Problem } from "../../../../lib/common/problem";
import { readObjects } from "../../../../lib/input/manifests/read-objects";
import { readYaml } from "../../../../lib/input/manifests/yaml";

/** The answer of tests/oracle/kubectl for a text. */
export interface KubectlAnswer {
  objects: unknown[];
  /** Why it does not read everything. */
  error?: string;
}

/** Whether our reader has the same objects as kubectl, or reports a problem with a line. */
export function difference(text: string, answer: KubectlAnswer): "same objects" | "a problem" | { difference: string } {
  const problems: Problem[] = [];
  const read = readYaml(decodeText(Buffer.from(text)), "f");
  problems.push(...read.problems);
  const objects = read.documents.flatMap((document) =>
    readObjects(document, (problem) => problems.push(problem), false),
  );
  if (problems.some(({ line }) => line !== undefined)) return "a problem";
  if (answer.error !== undefined) return { difference: `kubectl: ${answer.error}, ours: no problem` };
  const ours = sorted(objects.map(({ value }) => value));
  // Our reader skips nameless objects of kinds that it does not read.
  const theirs = sorted(answer.objects.filter(isNamed));
  if (isDeepStrictEqual(ours, theirs)) return "same objects";
  return { difference: `kubectl: ${JSON.stringify(theirs)}\nours:    ${JSON.stringify(ours)}` };
}

function isNamed(object: unknown): boolean {
  const { metadata } = object as { metadata?: { name?: unknown } };
  return typeof metadata?.name === "string" && metadata.name !== "";
}

/** Normalizes the order of objects and of their keys. */
function sorted(values: readonly unknown[]): unknown[] {
  return values
    .map((value) => JSON.stringify(ordered(value)))
    .sort()
    .map((text) => JSON.parse(text) as unknown);
}

function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key, ordered(member)]),
  );
}
