import { isRecord } from "../../manifests/shape";
import { readYaml } from "../../manifests/yaml";
import type { SourceTree } from "../repository/tree";

/**
 * What the tools, which are written in Go, read of a text: `yes` is true, `012` a number. Null where there is nothing.
 *
 * @throws Error for what is no YAML, or several documents
 */
export function goYaml(content: Uint8Array | string | undefined): unknown {
  const text = typeof content === "string" ? content : Buffer.from(content ?? []).toString("utf8");
  const { documents, problems } = readYaml(text, "");
  const [problem] = problems;
  if (problem !== undefined) throw new Error(problem.message);
  if (documents.length > 1) throw new Error("it holds several documents");
  return documents[0]?.value ?? null;
}

/** A value for such a tool, as JSON, which no tool reads otherwise than it is meant: texts such as `yes` and `012` stay texts. */
export const forGo = (value: unknown): string => `${JSON.stringify(value)}\n`;

/** The values in a text. Undefined where it is not YAML. */
export function readValues(text: string): unknown {
  try {
    return goYaml(text);
  } catch {
    return undefined;
  }
}

/** The mapping in a text. Undefined where it holds something else. */
export function goMapping(text: string): Record<string, unknown> | undefined {
  const value = readValues(text);
  return isRecord(value) ? value : undefined;
}

/** The mapping in a file of the tree. Undefined where there is none. */
export function goMappingAt(tree: SourceTree, at: string | undefined): Record<string, unknown> | undefined {
  const content = at === undefined ? undefined : tree.read(at);
  return content === undefined ? undefined : goMapping(Buffer.from(content).toString("utf8"));
}
