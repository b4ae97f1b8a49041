import { readYaml } from "../manifests/yaml";

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
