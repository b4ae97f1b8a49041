import type { TextFile } from "../manifests/read";
import { languages } from "./languages";
import type { PassedOver } from "./walk";

/** How a file begins that git keeps elsewhere (Git LFS). */
const LFS_POINTER = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\r?\n/;

/** The same for git-annex, whose pointers are one line with a path of its own, or links that lead to where nothing is. */
const ANNEX_POINTER = /^\/annex\/objects\/[^\n]*\n?$/;

/** A file's text; of one whose content is elsewhere, that it is not seen. */
export function textFile(file: string, text: string): TextFile {
  const pointer = pointerOf(text);
  if (pointer === undefined) return { file, text };
  const { tool, command } = pointer;
  const reason = `is a ${tool} pointer, whose content is elsewhere`;
  return notSeen(file, `file ${file}`, reason, `Run \`${command}\` and give the working tree`);
}

function pointerOf(text: string): { tool: string; command: string } | undefined {
  if (LFS_POINTER.test(text)) return { tool: "Git LFS", command: "git lfs pull" };
  return ANNEX_POINTER.test(text) ? { tool: "git-annex", command: "git annex get" } : undefined;
}

/**
 * The same of a file that somebody names, who is told that it is not read.
 *
 * @throws for one whose content is elsewhere
 */
export function namedFile(file: string, text: string): TextFile {
  const pointer = pointerOf(text);
  if (pointer !== undefined)
    throw new Error(`it is a ${pointer.tool} pointer, whose content is elsewhere; run \`${pointer.command}\``);
  return { file, text };
}

/** What a search passes over although there may be manifests in it. */
export function passedFile({ file, isFolder, language }: PassedOver): TextFile {
  if (language !== undefined) {
    const { what, fix } = languages[language];
    const { unseen, ...rest } = notSeen(file, `${what} ${file}`, "it is not run, so what it produces is not seen", fix);
    return { ...rest, ...(unseen && { unseen: { ...unseen, kind: what } }) };
  }
  return isFolder
    ? notSeen(file, `folder ${file}`, "installed packages are not read", "Remove it, or have git ignore it")
    : notSeen(file, `file ${file}`, "compressed files are not read", "Unpack it");
}

export function submoduleFile(file: string): TextFile {
  const fix = "Check it out and give its folder";
  return notSeen(file, `submodule ${file}`, "a submodule's content is in another repository", fix);
}

/** A file that git knows and that a sparse checkout has left out of the working tree. */
export function leftOutFile(file: string): TextFile {
  const reason = "is not in the working tree, which is a sparse checkout";
  return notSeen(file, `file ${file}`, reason, "Run `git sparse-checkout add` with its folder, or compare revisions");
}

function notSeen(file: string, object: string, reason: string, fix: string): TextFile {
  return { file, text: "", found: true, unseen: { file, object, reason, fix, pods: "anywhere" } };
}
