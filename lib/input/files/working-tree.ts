import type { Problem } from "../../common/problem";
import type { TextFile } from "../manifests/read";
import type { ReadLimits } from "./bounded";
import { readPresentFiles } from "./files";
import { absentFiles, gitWords, repositoryRoot } from "./git";

/** The working tree below some paths, to be compared with a revision: what git knows of it and is not in it is named as not seen. Links that lead out of the repository, or to what git keeps, are not followed. */
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
