import type { Problem } from "../../common/problem";
import type { TextFile } from "../manifests/read";
import type { ReadLimits } from "./bounded";
import { readPresentFiles } from "./files";
import { absentFiles, gitWords } from "./git";

/** The working tree below some paths, to be compared with a revision: what git knows of it and is not in it is named as not seen. */
export function readWorkingTree(
  paths: readonly string[],
  limits?: ReadLimits,
): { files: TextFile[]; problems: Problem[]; without: string[] } {
  const read = readPresentFiles(paths, limits);
  try {
    read.files.push(...absentFiles(paths));
  } catch (error) {
    read.problems.push({ code: "unreadable", file: ".git", message: gitWords(error) });
  }
  return read;
}
