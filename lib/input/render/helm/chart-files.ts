import { isRecord, memberAt } from "../../manifests/shape";
import { goYaml } from "../objects/go-yaml";
import { filesBelow, inside, isFolder, joined, OutsideTreeError, type SourceTree } from "../repository/tree";

/** How many levels of `file://` dependencies are followed. */
const maxDepth = 5;

/** Whether a folder is a chart. */
export const isChart = (tree: SourceTree, at: string): boolean =>
  isFolder(tree, at) && (tree.list(at) ?? []).includes("Chart.yaml");

/** Whether a chart is a library chart, which cannot be installed. */
export const isLibrary = (tree: SourceTree, at: string): boolean =>
  memberAt(chartYaml(tree, at), ["type"]) === "library";

/** The dependencies in a chart's Chart.yaml that are not in a folder beside it. */
function remoteDependencies(tree: SourceTree, at: string): { name: string; from: string }[] {
  const dependencies = memberAt(chartYaml(tree, at), ["dependencies"]);
  return (Array.isArray(dependencies) ? dependencies : [])
    .filter(isRecord)
    .filter(({ repository }) => !/^file:\/\//.test(String(repository)))
    .map(({ name, repository }) => ({ name: String(name), from: String(repository ?? "") }));
}

/** Whether a chart depends on charts from elsewhere, so that it may have no templates of its own. */
export const isUmbrella = (tree: SourceTree, at: string): boolean => remoteDependencies(tree, at).length > 0;

/** The dependencies from elsewhere that are not in the chart's folder `charts`, in words. Helm refuses to render the chart without them. */
export function unvendoredDependencies(tree: SourceTree, at: string): string[] {
  const present = isFolder(tree, inside(at, "charts")) ? (tree.list(inside(at, "charts")) ?? []) : [];
  return remoteDependencies(tree, at)
    .filter(({ name }) => !present.some((one) => one === name || (one.startsWith(`${name}-`) && one.endsWith(".tgz"))))
    .map(({ name, from }) => `the chart ${name}${from === "" ? "" : ` of ${from}`}`);
}

/** The folders of a chart's `file://` dependencies, transitively. Empty if its Chart.yaml cannot be read. */
export function dependencyFolders(tree: SourceTree, at: string, depth = 0): string[] {
  return dependenciesOf(chartYaml(tree, at)).flatMap(({ folder }) => {
    const from = joined(at, folder);
    return from === undefined || depth >= maxDepth ? [] : [from, ...dependencyFolders(tree, from, depth + 1)];
  });
}

/**
 * The files of a chart, with its `file://` dependencies copied into its folder `charts`; or the reason why they are missing.
 *
 * @param copies Receives the original path in the tree of each copied file, by the path of the copy.
 */
export function chartFiles(
  tree: SourceTree,
  at: string,
  copies: Map<string, string>,
  depth = 0,
): Map<string, Uint8Array> | string {
  try {
    const files = new Map<string, Uint8Array>();
    for (const file of filesBelow(tree, at)) {
      const content = tree.read(file);
      if (content !== undefined) files.set(file, content);
    }
    for (const { name, alias, folder } of dependenciesOf(goYaml(files.get(inside(at, "Chart.yaml"))))) {
      if (depth > maxDepth) continue;
      const from = joined(at, folder);
      if (from === undefined) return `its dependency ${folder} leads out of the repository`;
      const itsCopies = new Map<string, string>();
      const inner = chartFiles(tree, from, itsCopies, depth + 1);
      if (typeof inner === "string") return inner;
      for (const [file, content] of inner) {
        const within = file.slice(from === "" ? 0 : from.length + 1);
        files.set(inside(at, `charts/${name}/${within}`), content);
        // Helm reports a dependency's templates under its alias.
        for (const one of [name, alias]) copies.set(inside(at, `charts/${one}/${within}`), itsCopies.get(file) ?? file);
      }
    }
    return files;
  } catch (error) {
    if (error instanceof OutsideTreeError) return error.message;
    return `its Chart.yaml cannot be read: ${(error as Error).message.split("\n", 1)[0]}`;
  }
}

function dependenciesOf(about: unknown): { name: string; alias: string; folder: string }[] {
  const dependencies = memberAt(about, ["dependencies"]);
  return (Array.isArray(dependencies) ? dependencies : []).filter(isRecord).flatMap(({ name, alias, repository }) => {
    const [, folder] = /^file:\/\/(.*)$/.exec(String(repository)) ?? [];
    return folder === undefined ? [] : [{ name: sanitized(name), alias: sanitized(alias ?? name), folder }];
  });
}

const sanitized = (name: unknown) => String(name).replaceAll(/[^\w.-]/g, "_");

function chartYaml(tree: SourceTree, at: string): unknown {
  try {
    return goYaml(tree.read(inside(at, "Chart.yaml")));
  } catch {
    // Helm reports the error.
    return undefined;
  }
}
