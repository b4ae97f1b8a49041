import { compareText } from "../../common/text";

/** How one file of a rendered tree differs. */
export interface FileDiff {
  file: string;
  /** A unified diff, without the two lines that name the files. */
  patch: string;
  added: number;
  removed: number;
}

/** The files that differ between two trees, by path. A file in only one of them differs in every line. */
export async function fileDiffs(
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): Promise<FileDiff[]> {
  const names = [...new Set([...before.keys(), ...after.keys()])].sort(compareText);
  const different = names.filter((name) => before.get(name) !== after.get(name));
  if (different.length === 0) return [];
  const { structuredPatch } = await import("diff");
  return different.map((file) => {
    const { hunks } = structuredPatch(file, file, before.get(file) ?? "", after.get(file) ?? "");
    const lines = hunks.flatMap((hunk) => [
      `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`,
      ...hunk.lines,
    ]);
    const count = (mark: string) => lines.filter((line) => line.startsWith(mark)).length;
    return { file, patch: `${lines.join("\n")}\n`, added: count("+"), removed: count("-") };
  });
}
