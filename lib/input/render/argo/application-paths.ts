import path from "node:path";
import { goRegExp, isGoRegExp } from "../../../kubernetes/schema/go-regexp";
import { normalized } from "../../go-template/argo-functions";
import type { GoMap, GoValue } from "../../go-template/values";
import { isFolder, type SourceTree, WalkLimit } from "../repository/tree";
import type { Parameters } from "./application-template";

/** The folders below a folder, as Argo CD lists them: without hidden ones. */
export function foldersBelow(tree: SourceTree, base: string, folder = "", walked = new WalkLimit()): string[] {
  walked.enter(folder);
  const at = [base, folder].filter((part) => part !== "").join("/");
  return (tree.list(at) ?? []).flatMap((name) => {
    if (name.startsWith(".") || name === "node_modules") return [];
    const next = folder === "" ? name : `${folder}/${name}`;
    return isFolder(tree, [base, next].filter((part) => part !== "").join("/"))
      ? [next, ...foldersBelow(tree, base, next, walked)]
      : [];
  });
}

/** The parameters that a git generator produces for a folder, or for a file in it. */
export function pathParameters(folder: string, inGo: boolean, prefix: string, filename?: string): Parameters {
  const at = folder === "" ? "." : folder;
  const segments = at.split("/");
  const basename = path.posix.basename(at);
  const basenameNormalized = normalized(basename);
  const named: [string, string][] =
    filename === undefined
      ? []
      : [
          ["filename", filename],
          ["filenameNormalized", normalized(filename)],
        ];
  if (inGo) {
    const place: GoMap = new Map<string, GoValue>([
      ["path", at],
      ["basename", basename],
      ["basenameNormalized", basenameNormalized],
      ["segments", segments],
      ...named,
    ]);
    return prefix === "" ? new Map([["path", place]]) : new Map([[prefix, new Map([["path", place]])]]);
  }
  const own = prefix === "" ? "path" : `${prefix}.path`;
  return new Map([
    [own, at],
    [`${own}.basename`, basename],
    [`${own}.basenameNormalized`, basenameNormalized],
    ...segments.map((segment, index): [string, string] => [`${own}[${index}]`, segment]),
    ...named.map(([key, value]): [string, string] => [`${own}.${key}`, value]),
  ]);
}

/**
 * Whether a name matches a git generator's glob.
 *
 * @param crossesFolders As for files, where Argo CD asks git: `*` matches slashes, too, and a folder matches all files in it. Otherwise, as for
 * folders, `*` matches within one part of the path.
 */
export function matchesGlob(pattern: string, name: string, crossesFolders: boolean): boolean {
  const any = crossesFolders ? ".*" : "[^/]*";
  const expression = pattern
    .replaceAll(/[.+^$()|\\{}]/g, "\\$&")
    .replaceAll("[!", "[^")
    .replaceAll(crossesFolders ? /\*\*\//g : /\0/g, "\0")
    .replaceAll(/\*+/g, any)
    .replaceAll("?", crossesFolders ? "." : "[^/]")
    .replaceAll("\0", "(?:.*/)?");
  const whole = `^${expression}${crossesFolders ? "(?:/.*)?" : ""}$`;
  // An invalid pattern matches nothing.
  return isGoRegExp(whole) && goRegExp(whole).test(name);
}
