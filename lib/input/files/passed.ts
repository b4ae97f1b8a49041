import type { TextFile } from "../manifests/read";
import { languages } from "./languages";
import type { PassedOver } from "./walk";

/** How a file begins that git keeps elsewhere (Git LFS). */
const LFS_POINTER = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\r?\n/;

/** A file's text; of one whose content is elsewhere, that it is not seen. */
export function textFile(file: string, text: string): TextFile {
  if (!LFS_POINTER.test(text)) return { file, text };
  const reason = "is a pointer of Git LFS, whose content is elsewhere";
  return notSeen(file, `file ${file}`, reason, "Run `git lfs pull` and give the working tree");
}

/**
 * The same of a file that somebody names, who is told that it is not read.
 *
 * @throws for one whose content is elsewhere
 */
export function namedFile(file: string, text: string): TextFile {
  if (LFS_POINTER.test(text))
    throw new Error("it is a pointer of Git LFS, whose content is elsewhere; run `git lfs pull`");
  return { file, text };
}

/** What a search passes over although there may be manifests in it. */
export function passedFile({ file, isFolder, language }: PassedOver): TextFile {
  if (language !== undefined) {
    const { what, fix } = languages[language];
    const { unseen, ...rest } = notSeen(file, `${what} ${file}`, "it is not run, and what it makes is not seen", fix);
    return { ...rest, ...(unseen && { unseen: { ...unseen, kind: what } }) };
  }
  return isFolder
    ? notSeen(file, `folder ${file}`, "installed packages are not read", "Remove it, or have git ignore it")
    : notSeen(file, `file ${file}`, "compressed files are not read", "Give it unpacked");
}

export function submoduleFile(file: string): TextFile {
  const fix = "Check it out and give its folder";
  return notSeen(file, `submodule ${file}`, "what a submodule has is in another repository", fix);
}

function notSeen(file: string, object: string, reason: string, fix: string): TextFile {
  return { file, text: "", found: true, unseen: { file, object, reason, fix, pods: "anywhere" } };
}
