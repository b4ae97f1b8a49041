import { isRecord } from "../../manifests/shape";
import { readYaml } from "../../manifests/yaml";
import type { SourceTree } from "../repository/tree";

/**
 * Parses one YAML document as tools written in Go do: `yes` is true, `012` is a number. Null if the text is empty.
 *
 * @throws Error for invalid YAML or several documents
 */
export function goYaml(content: Uint8Array | string | undefined): unknown {
  const text = typeof content === "string" ? content : Buffer.from(content ?? []).toString("utf8");
  const { documents, problems } = readYaml(text, "");
  const [problem] = problems;
  if (problem !== undefined) throw new Error(problem.message);
  if (documents.length > 1) throw new Error("it holds several documents");
  return documents[0]?.value ?? null;
}

/** Serializes a value for such a tool, as JSON: strings such as `yes` and `012` stay strings. */
export const forGo = (value: unknown): string => `${JSON.stringify(value)}\n`;

/** Parses YAML like {@link goYaml}. Undefined if it is invalid. */
export function readValues(text: string): unknown {
  try {
    return goYaml(text);
  } catch {
    return undefined;
  }
}

/** Parses a YAML mapping. Undefined if the text holds anything else. */
export function goMapping(text: string): Record<string, unknown> | undefined {
  const value = readValues(text);
  return isRecord(value) ? value : undefined;
}

/** Parses the YAML mapping in a file of the tree. Undefined if there is no such file, or it holds anything else. */
export function goMappingAt(tree: SourceTree, at: string | undefined): Record<string, unknown> | undefined {
  const content = at === undefined ? undefined : tree.read(at);
  return content === undefined ? undefined : goMapping(Buffer.from(content).toString("utf8"));
}
