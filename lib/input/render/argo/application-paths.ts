import path from "node:path";
import { goRegExp, isGoRegExp } from "../../../kubernetes/schema/go-regexp";
import { normalized } from "../../go-template/argo-functions";
import type { GoMap, GoValue } from "../../go-template/values";
import { isFolder, type SourceTree, WalkLimit } from "../repository/tree";
import type { Parameters } from "./application-template";

/** As Argo CD lists them: none whose name begins with a dot. */
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

/** What a git generator says of a folder, or of a file in it. */
export function pathOf(folder: string, inGo: boolean, prefix: string, filename?: string): Parameters {
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

/** Folders: `*` is within a part of the path. Files: it crosses parts, as git reads it, and a folder's name means all that is in it. */
export function globs(pattern: string, name: string, crosses: boolean): boolean {
  const any = crosses ? ".*" : "[^/]*";
  const expression = pattern
    .replaceAll(/[.+^$()|\\{}]/g, "\\$&")
    .replaceAll("[!", "[^")
    .replaceAll(crosses ? /\*\*\//g : /\0/g, "\0")
    .replaceAll(/\*+/g, any)
    .replaceAll("?", crosses ? "." : "[^/]")
    .replaceAll("\0", "(?:.*/)?");
  const whole = `^${expression}${crosses ? "(?:/.*)?" : ""}$`;
  // A pattern that is none means nothing.
  return isGoRegExp(whole) && goRegExp(whole).test(name);
}
