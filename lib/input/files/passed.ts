import type { TextFile } from "../manifests/read";
import { languages } from "./languages";
import { createsObjects, isTerraform } from "./terraform";
import type { PassedOver } from "./walk";

/** The start of a Git LFS pointer, whose content is elsewhere. */
const LFS_POINTER = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\r?\n/;

/** A git-annex pointer: a line with a path, or a link into git-annex's own folder. */
const ANNEX_POINTER = /^\/annex\/objects\/[^\n]*\n?$/;
const ANNEX_TARGET = /(^|\/)\.git\/(.+\/)?annex\/objects\//;

/** A file with its text; or, if its content is elsewhere or only Terraform can read it, reported as not seen. */
export function textFile(file: string, text: string): TextFile {
  const pointer = pointerOf(text);
  if (pointer !== undefined) return pointerFile(file, "pointer", pointer);
  return isTerraform(file) ? terraformFile(file, text) : { file, text };
}

function terraformFile(file: string, text: string): TextFile {
  if (!createsObjects(file, text)) return { file, text: "" };
  const [what, fix] = ["Terraform module", "Give the objects as the cluster has them, from `kubectl get -o yaml`"];
  const { unseen, ...rest } = notSeen(file, `${what} ${file}`, "the objects that it creates are not seen", fix);
  return { ...rest, ...(unseen && { unseen: { ...unseen, kind: what } }) };
}

/** A git-annex link, whose content is elsewhere. Undefined for any other link. */
export function linkedElsewhere(file: string, target: string): TextFile | undefined {
  return ANNEX_TARGET.test(target) ? pointerFile(file, "link", annex) : undefined;
}

const annex: Pointer = { tool: "git-annex", command: "git annex get" };

interface Pointer {
  tool: string;
  command: string;
}

const pointerFile = (file: string, what: string, { tool, command }: Pointer) =>
  notSeen(
    file,
    `file ${file}`,
    `is a ${tool} ${what}, whose content is elsewhere`,
    `Run \`${command}\` and give the working tree`,
  );

function pointerOf(text: string): Pointer | undefined {
  if (LFS_POINTER.test(text)) return { tool: "Git LFS", command: "git lfs pull" };
  return ANNEX_POINTER.test(text) ? annex : undefined;
}

/**
 * A named file with its text.
 *
 * @throws Error if its content is elsewhere
 */
export function namedFile(file: string, text: string): TextFile {
  const pointer = pointerOf(text);
  if (pointer !== undefined) throw elsewhere("pointer", pointer);
  return textFile(file, text);
}

/** Why a named link dangles. Undefined if the reason is unknown. */
export const lostLink = (target: string): Error | undefined =>
  ANNEX_TARGET.test(target) ? elsewhere("link", annex) : undefined;

const elsewhere = (what: string, { tool, command }: Pointer) =>
  new Error(`it is a ${tool} ${what}, whose content is elsewhere; run \`${command}\``);

/** A file or folder that a search skips although it may hold manifests. */
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

/** A file that a sparse checkout leaves out of the working tree. */
export function leftOutFile(file: string): TextFile {
  const reason = "is not in the working tree, which is a sparse checkout";
  return notSeen(file, `file ${file}`, reason, "Run `git sparse-checkout add` with its folder, or compare revisions");
}

function notSeen(file: string, object: string, reason: string, fix: string): TextFile {
  return { file, text: "", found: true, unseen: { file, object, reason, fix, pods: "anywhere" } };
}
