import path from "node:path";
import { type LocatedDocument, within } from "../manifests/document";
import { foreignProblem, mayBeObject } from "../manifests/objects-by-shape";
import type { TextFile } from "../manifests/read";
import { memberAt } from "../manifests/shape";
import { readYaml } from "../manifests/yaml";
import { dependencyFolders, isLibrary } from "./helm/chart-files";
import { nameHints, needsRendering, objectHints } from "./hints";
import { kustomizationFiles } from "./kustomize/kustomization-files";
import { documentOf, folderOf, isComponent, kustomizationOf, type Layout, layoutOf } from "./layout";
import { identityOf, ReferencedObjects } from "./objects/referenced-objects";
import { type Renderable, renderablesOf } from "./objects/renderable";
import { Origins } from "./objects/rendered";
import { Ownership } from "./ownership";
import { Renderer } from "./renderer";
import { inside, type SourceTree } from "./repository/tree";
import { Rounds } from "./rounds";
import { severalClusters } from "./several-clusters";
import type { RenderContext } from "./tools/context";

/** A command's input files after rendering. */
export interface RenderedFiles {
  /**
   * The files that are still read as manifests, the rendered objects as one more file, and, each with the reason, the files that Flux, Argo CD or a
   * kustomization manages but does not apply.
   */
  files: TextFile[];
}

/**
 * Renders Kustomize, Flux, Argo CD and Helm as their controllers would, and replaces the files that were rendered with the resulting objects. The
 * document of what cannot be rendered stays, with the reason (see {@link LocatedDocument.rendered}).
 *
 * @param tree The repository that the files are in. Undefined: nothing is rendered.
 */
export async function renderSources(
  files: readonly TextFile[],
  tree: SourceTree | undefined,
  context: RenderContext,
  read: typeof readYaml = readYaml,
): Promise<RenderedFiles> {
  if (tree === undefined || !needsRendering(files)) {
    return { files: [...files] };
  }
  const layout = layoutOf(files, tree);
  const known = new ReferencedObjects();
  const parsed = parsedFiles(layout, read);
  for (const document of [...parsed.values()].flatMap(({ documents }) => documents)) known.add(document);
  const renderer = new Renderer(new Origins(tree), known, context);
  const ownership = new Ownership(
    [...parsed].flatMap(([at, { documents }]) => renderablesOf(documents, at)),
    (renderable) => renderer.ownedPathsOf(renderable),
  );

  const rounds = new Rounds(renderer, known, context.mode === "never");
  await rounds.render([
    ...kustomizationsOf(tree, layout, ownership),
    ...[...layout.helmfiles]
      .filter(([at]) => ownership.ownerOf(at) === undefined)
      .map(([at, document]): Renderable => ({ kind: "helmfile", at, document })),
    ...ownership.roots,
  ]);
  // A chart that nothing here installs is probably installed from elsewhere, so it is rendered with its default values.
  await rounds.render(
    chartsOf(tree, layout).filter(
      ({ folder = "", at }) =>
        !renderer.charts.has(folder) && ownership.ownerOf(at) === undefined && !rounds.consumed.has(at),
    ),
  );
  context.cache.prune();

  const { documents } = rounds;
  const problems = severalClusters([...ownership.roots, ...renderablesOf(documents, "")]);
  const rendered: TextFile[] =
    documents.length + problems.length === 0
      ? []
      : [{ file: "rendered", text: "", found: true, located: { documents, problems } }];
  return { files: [...remainingFiles(files, layout, parsed, ownership, rounds), ...rendered] };
}

type Parsed = ReadonlyMap<string, { documents: LocatedDocument[]; problems: ReturnType<typeof readYaml>["problems"] }>;

/** The parsed files that may hold renderables, or objects that renderables refer to, by path. */
function parsedFiles(layout: Layout, read: typeof readYaml): Parsed {
  const parsed = new Map<string, ReturnType<typeof readYaml>>();
  for (const [at, { file, text }] of layout.places) {
    if (layout.isChartFile(at) || layout.kustomizations.has(at) || layout.helmfiles.has(at) || !objectHints.test(text))
      continue;
    const content = read(text, file);
    parsed.set(at, { ...content, documents: content.documents.flatMap(itemsOf).map((document) => ({ ...document })) });
  }
  return parsed;
}

/** The kustomizations that no other one uses and no controller manages. */
function kustomizationsOf(tree: SourceTree, layout: Layout, ownership: Ownership): Renderable[] {
  const folders = [...layout.kustomizations.values()];
  const used = new Set(folders.flatMap((folder) => [...kustomizationFiles(tree, folder).folders]));
  return folders
    .filter(
      (folder) =>
        !used.has(folder) &&
        ownership.ownerOf(inside(folder, "kustomization.yaml")) === undefined &&
        !isComponent(tree, folder),
    )
    .map((folder) => kustomizationOf(tree, folder, layout));
}

/** The charts that can be installed and that no other chart here depends on. */
function chartsOf(tree: SourceTree, layout: Layout): Renderable[] {
  const dependencies = new Set(
    [...layout.places.keys()]
      .filter((at) => path.posix.basename(at) === "Chart.yaml")
      .flatMap((at) => dependencyFolders(tree, folderOf(at))),
  );
  return layout.charts
    .filter((folder) => !dependencies.has(folder) && !isLibrary(tree, folder))
    .map((folder) => ({ folder, at: inside(folder, "Chart.yaml") }))
    .map(({ folder, at }) => ({ kind: "chart", at, folder, document: documentOf(tree, at) }));
}

/** The input files that rendered objects do not replace. */
function remainingFiles(
  files: readonly TextFile[],
  layout: Layout,
  parsed: Parsed,
  ownership: Ownership,
  { incomplete, consumed }: Rounds,
): TextFile[] {
  const keptFolders = new Set([...incomplete.keys()].map(folderOf));
  return files.flatMap((file): TextFile[] => {
    const at = layout.pathOf(file);
    if (at === undefined) return [file];
    const instead = incomplete.get(at);
    if (instead !== undefined) return [{ ...file, located: { documents: [instead], problems: [] } }];
    if (layout.kustomizations.has(at) || consumed.has(at) || layout.isChartFile(at)) return [];
    const owner = ownership.roots.some((root) => root.at === at) ? undefined : ownership.ownerOf(at);
    if (owner !== undefined) {
      const { kind = "", namespace = "", name = "" } = identityOf(owner.document) ?? {};
      return unapplied(file, `${kind} ${namespace}/${name} manages its folder and does not apply it`);
    }
    if (layout.isBesideKustomization(at) && !keptFolders.has(folderOf(at)))
      return unapplied(file, "no kustomization lists it");
    const own = parsed.get(at);
    return [own === undefined ? file : { ...file, located: own }];
  });
}

/** A file that nothing applies, with the reason. Nothing for a file that holds no manifest anyway. */
function unapplied({ file, text }: TextFile, reason: string): TextFile[] {
  return nameHints.test(file) || holdsNoObject(file, text) ? [] : [{ file, text, found: true, unapplied: reason }];
}

/** Whether a file holds something other than manifests, such as a docker-compose.yaml. False if it cannot be parsed. */
function holdsNoObject(file: string, text: string): boolean {
  const { documents, problems } = readYaml(text, file);
  return problems.every(({ code }) => code === foreignProblem) && !documents.some(({ value }) => mayBeObject(value));
}

/** The items of a List, any of which may be a renderable; or the document itself. */
function itemsOf(document: LocatedDocument): LocatedDocument[] {
  const { value } = document;
  const items = memberAt(value, ["kind"]) === "List" ? memberAt(value, ["items"]) : undefined;
  if (!Array.isArray(items)) return [document];
  return items.flatMap((item, index) => itemsOf(within(document, ["items", index], item)));
}
