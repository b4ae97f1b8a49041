import path from "node:path";

/** The title of a page about files. */
export function pageTitle(files: readonly string[], working: string = process.cwd()): string {
  const [only] = files;
  if (files.length !== 1 || only === undefined || only === "." || only === "-") return path.basename(working);
  return only;
}
