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
    .filter(isTemplate);
  const kinds = templates.flatMap((file) => {
    const text = Buffer.from(tree.read(file) ?? []).toString("utf8");
    return text.includes("lookup") ? [...countedKinds(file, text)] : [];
  });
  return [...new Set(kinds)].sort();
}

/**
 * A template in which a lookup that may affect verdicts fails when it is executed, not when it is parsed: `fail` takes one argument, and a call with
 * another number of them is an error of execution. So helm itself tells whether a chart looks anything up with given values.
 *
 * @param file Its path, which tells helpers from objects.
 */
export function withFailingLookups(file: string, template: string): string {
  if (!isTemplate(file) || !template.includes("lookup")) return template;
  const counted = countedKinds(file, template);
  return template.replaceAll(actions, (action) =>
    action.replaceAll(calls, (call, kind?: string) =>
      counted.has(kind ?? ANY) ? call.replace(/^lookup/, "fail") : call,
    ),
  );
}

const isTemplate = (file: string): boolean => /(^|\/)templates\/.*\.(ya?ml|tpl)$/.test(file);

/** An expression in the place of a kind. */
const ANY = "any kind";
const actions = /\{\{(?!-?\s*\/\*).*?\}\}/gs;
const calls = /\blookup\s+\S+\s+(?:"([^"]*)"|\S)/g;

/** The kinds of the calls of `lookup` in a template that count. */
function countedKinds(file: string, template: string): Set<string> {
  const own = [...template.matchAll(/^\s*kind:\s*["']?(\w+)/gm)].map(([, kind = ""]) => kind);
  const isHelper = path.posix.basename(file).startsWith("_");
  if (!isHelper && !own.some((kind) => readKinds.has(kind))) return new Set();
  const isPolicy = own.some((kind) => kind.endsWith("Policy"));
  const kinds = [...template.matchAll(actions)].flatMap(([action]) =>
    [...action.matchAll(calls)].map(([, kind]) => kind ?? ANY),
  );
  return new Set(kinds.filter((kind) => kind !== "Secret" || isPolicy));
}
