import path from "node:path";
import type { LocatedDocument } from "../manifests/document";
import { isHelmfileName } from "../manifests/helmfile";
import type { TextFile } from "../manifests/read";
import { memberAt } from "../manifests/shape";
import { readYaml } from "../manifests/yaml";
import { isChart, isUmbrella } from "./helm/chart-files";
import { isHelmfile } from "./helm/helmfile";
import { kustomizationIn, kustomizationNames } from "./kustomize/kustomization-files";
import type { Renderable } from "./objects/renderable";
import { inside, isFolder, type SourceTree } from "./repository/tree";

/** How the tools that render see the input files. */
export interface Layout {
  /** Files by their path in the tree. */
  places: Map<string, TextFile>;
  /** The path of a file in the tree. Undefined if it is not in the tree, such as standard input. */
  pathOf(file: TextFile): string | undefined;
  /** Folders that are kustomizations, by their kustomization file. */
  kustomizations: Map<string, string>;
  /** Helmfiles by their path, with their content. */
  helmfiles: Map<string, LocatedDocument>;
  /** Folders of charts. Charts inside another chart's `charts` are not listed. */
  charts: string[];
  /** Whether a path belongs to a chart rather than being a manifest. */
  isChartFile(at: string): boolean;
  /** Whether a path is in the folder of a kustomization, but is not its kustomization file. */
  isBesideKustomization(at: string): boolean;
}

/** Sorts the input files by the tool that they belong to. */
export function layoutOf(files: readonly TextFile[], tree: SourceTree): Layout {
  const paths = new Map<TextFile, string>();
  const places = new Map<string, TextFile>();
  for (const file of files) {
    const at = tree.pathOf(file.file);
    if (at === undefined) continue;
    paths.set(file, at);
    places.set(at, file);
  }
  const kustomizations = new Map<string, string>();
  for (const folder of new Set([...places.keys()].map(folderOf))) {
    const file = kustomizationIn(tree, folder);
    // A file called `Kustomization` has no extension, so the search for manifests does not find it. It counts all the same.
    if (file !== undefined && (places.has(file) || file.endsWith("Kustomization"))) kustomizations.set(file, folder);
  }
  const kustomized = new Set(kustomizations.values());
  const charts = [...places.keys()]
    .filter((at) => path.posix.basename(at) === "Chart.yaml")
    .map(folderOf)
    .filter(
      (folder) =>
        isChart(tree, folder) &&
        (isFolder(tree, inside(folder, "templates")) ||
          isFolder(tree, inside(folder, "charts")) ||
          isUmbrella(tree, folder)),
    );
  const helmfiles = new Map(
    [...places.keys()].filter(isHelmfileName).flatMap((at): [string, LocatedDocument][] => {
      const document = documentOf(tree, at);
      const isTemplate = /\{\{/.test(places.get(at)?.text ?? "");
      return isTemplate || isHelmfile(document.value) ? [[at, document]] : [];
    }),
  );
  const outer = charts.filter(
    (folder) => !charts.some((other) => other !== folder && folder.startsWith(`${inside(other, "charts")}/`)),
  );
  const parts = /^(templates|crds|charts|files|ci)\/|^(Chart|values[^/]*|[^/]*values)\.ya?ml$|^values\.schema\.json$/;
  return {
    places,
    pathOf: (file) => paths.get(file),
    kustomizations,
    helmfiles,
    charts: outer,
    isChartFile: (at) =>
      outer.some(
        (folder) =>
          (folder === "" || at.startsWith(`${folder}/`)) &&
          parts.test(folder === "" ? at : at.slice(folder.length + 1)),
      ),
    isBesideKustomization: (at) =>
      kustomized.has(folderOf(at)) && !kustomizationNames.some((name) => at.endsWith(`/${name}`) || at === name),
  };
}

/** The folder of a path; "" for the root. */
export const folderOf = (at: string) => (at.includes("/") ? path.posix.dirname(at) : "");

/** Whether a kustomization is a Component, which is never built by itself. */
export function isComponent(tree: SourceTree, folder: string): boolean {
  const file = kustomizationIn(tree, folder);
  return file !== undefined && memberAt(documentOf(tree, file).value, ["kind"]) === "Component";
}

/** The renderable of a kustomization's folder. */
export function kustomizationOf(tree: SourceTree, folder: string, { kustomizations }: Layout): Renderable {
  const at = [...kustomizations].find(([, one]) => one === folder)?.[0] ?? inside(folder, "kustomization.yaml");
  return { kind: "kustomize", at, folder, document: documentOf(tree, at) };
}

/** The first document of a file in the tree, or an empty one if the file cannot be read. */
export function documentOf(tree: SourceTree, at: string): LocatedDocument {
  const text = Buffer.from(tree.read(at) ?? []).toString("utf8");
  const [document] = readYaml(text, tree.displayName(at)).documents;
  return document === undefined ? { file: tree.displayName(at), value: {}, position: () => ({}) } : { ...document };
}
