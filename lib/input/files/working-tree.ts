import type { Problem } from "../../common/problem";
import type { TextFile } from "../manifests/read";
import type { ReadLimits } from "./bounded";
import { readPresentFiles } from "./files";
import { absentFiles, gitWords, repositoryRoot } from "./git";

/**
 * Reads the working tree below some paths, to compare it with a revision. Files that git knows but the working tree lacks are reported as not seen.
 * Links that lead out of the repository, or to git's own files, are not followed.
 */
export function readWorkingTree(
  paths: readonly string[],
  limits?: ReadLimits,
): { files: TextFile[]; problems: Problem[]; without: string[] } {
  try {
    const read = readPresentFiles(paths, limits, repositoryRoot());
    read.files.push(...absentFiles(paths));
    return read;
  } catch (error) {
    const read = readPresentFiles(paths, limits);
    read.problems.push({ code: "unreadable", file: ".git", message: gitWords(error) });
    return read;
  }
}
