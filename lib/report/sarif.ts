/** Escapes `[text](0)`, a link in SARIF messages, and `{0}`, a placeholder (SARIF 3.11.5, 3.11.6), so that names in manifests stay text. */
export function plainMessage(text: string): string {
  const unlinked = text.includes("](") ? text.replaceAll("[", "\\[") : text;
  return unlinked.replace(/\{(\d+)\}/g, "{{$1}}");
}

/**
 * A place as a SARIF location.
 *
 * @param pathOf A file's path from the repository's root, with slashes.
 */
export function sarifLocation(
  { file, line, column }: { file: string; line?: number | undefined; column?: number | undefined },
  pathOf: (file: string) => string,
) {
  const region =
    line === undefined ? undefined : { startLine: line, ...(column !== undefined && { startColumn: column }) };
  return {
    physicalLocation: { artifactLocation: { uri: uriOf(pathOf(file)) }, ...(region !== undefined && { region }) },
  };
}

/** A relative reference. Every part of the path is escaped, so that none becomes a scheme, a query or a fragment. */
const uriOf = (file: string) => file.split("/").map(encodeURIComponent).join("/");
