import path from "node:path";
import { readKinds } from "../../manifests/kinds";
import { filesBelow, type SourceTree } from "../repository/tree";
import { dependencyFolders } from "./chart-files";

/**
 * The kinds of the objects that a chart's templates look up in the cluster, as far as the result may affect verdicts. `helm template` finds none of
 * them, while an installation does. A Secret that is looked up outside of policies is a password that is kept, which affects nothing.
 */
export function lookedUp(tree: SourceTree, at: string): string[] {
  const templates = [at, ...dependencyFolders(tree, at)]
    .flatMap((folder) => filesBelow(tree, folder))
    .filter((file) => /(^|\/)templates\/.*\.(ya?ml|tpl)$/.test(file));
  const kinds = templates.flatMap((file) => {
    const text = Buffer.from(tree.read(file) ?? []).toString("utf8");
    if (!text.includes("lookup")) return [];
    const own = [...text.matchAll(/^\s*kind:\s*["']?(\w+)/gm)].map(([, kind = ""]) => kind);
    const isHelper = path.posix.basename(file).startsWith("_");
    if (!isHelper && !own.some((kind) => readKinds.has(kind))) return [];
    const isPolicy = own.some((kind) => kind.endsWith("Policy"));
    return kindsIn(text).filter((kind) => kind !== "Secret" || isPolicy);
  });
  return [...new Set(kinds)].sort();
}

/** The kinds in the calls of `lookup` in a template. An expression in the place of a kind is `any kind`. */
function kindsIn(template: string): string[] {
  const actions = [...template.matchAll(/\{\{(?!-?\s*\/\*)(.*?)\}\}/gs)].map(([, action = ""]) => action);
  const calls = actions.flatMap((action) => [...action.matchAll(/\blookup\s+\S+\s+(?:"([^"]*)"|\S)/g)]);
  return calls.map(([, kind]) => kind ?? "any kind");
}
