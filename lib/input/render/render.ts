import path from "node:path";
import type { LocatedDocument } from "../manifests/document";
import { isHelmfileName } from "../manifests/helmfile";
import { foreignProblem, mayBeObject } from "../manifests/objects-by-shape";
import type { TextFile } from "../manifests/read";
import { memberAt } from "../manifests/shape";
import { readYaml } from "../manifests/yaml";
import { dependencyFolders, isChart, isLibrary } from "./chart-files";
import type { RenderContext } from "./context";
import { isHelmfile } from "./helmfile";
import { makesOthers, nameHints, objectHints } from "./hints";
import { kustomizationFiles, kustomizationIn, kustomizationNames } from "./kustomization-files";
import { type Made, type Maker, makersOf } from "./makers";
import { identityOf, Known } from "./objects";
import { Origins } from "./rendered";
import { severalClusters } from "./several-clusters";
import { inside, isFolder, type SourceTree } from "./tree";
import { Rendering } from "./units";

/** Files of a command, of which those that make others are rendered. */
export interface RenderedFiles {
  /** Among them those that stand in what Flux, Argo CD or a kustomization decides about and that none of them applies, each with the reason. */
  files: TextFile[];
}

/** How many makers are made at a time, and how long all of them may take. */
const atOnce = 32;
const mostSeconds = 90;
const tooLong = {
  reason: `everything that was to be rendered took longer than ${mostSeconds} s`,
  fix: "Repeat it, since what was rendered is kept; or name a part of the repository",
};

/** As many objects as no cluster has. */
const mostDocuments = 50_000;
const tooMuch = {
  reason: `there are more than ${mostDocuments} objects before it`,
  fix: "Name a part of the repository",
};

/** As many makers as no repository has, whatever makes makers without end. */
const mostMakers = 3000;

/**
 * Renders what the files that were read hold of Kustomize, Flux, Argo CD and Helm as its controller would, and puts the objects in the place of
 * the files that they were made of. What cannot be rendered is named by its own document (see {@link LocatedDocument.made}).
 *
 * @param tree The repository that the files are in.
 */
export async function renderSources(
  files: readonly TextFile[],
  tree: SourceTree | undefined,
  context: RenderContext,
  read: typeof readYaml = readYaml,
): Promise<RenderedFiles> {
  if (tree === undefined || !makesOthers(files)) {
    return { files: [...files] };
  }
  const layout = layoutOf(files, tree);
  const known = new Known();
  const parsed = new Map<string, ReturnType<typeof readYaml>>();
  for (const [at, { file, text }] of layout.places) {
    if (layout.isChartFile(at) || layout.kustomizations.has(at) || layout.helmfiles.has(at) || !objectHints.test(text))
      continue;
    const content = read(text, file);
    const documents = content.documents.map((document) => ({ ...document }));
    parsed.set(at, { ...content, documents });
    for (const document of documents) known.add(document);
  }
  const rendering = new Rendering(new Origins(tree), known, context);
  const found = [...parsed].flatMap(([at, { documents }]) => makersOf(documents, at));

  // What stands in a folder that another one decides about comes out of that one, if at all.
  const areas = found.map((maker) => ({ maker, ...rendering.areaOf(maker) }));
  const decides = (area: (typeof areas)[number], at: string) =>
    area.folders.some((folder) => isBelow(at, folder)) || area.files.has(at);
  const inner = (maker: Maker) =>
    areas.some(
      (area) =>
        area.maker !== maker &&
        decides(area, maker.at) &&
        !decides(areas.find((one) => one.maker === maker) ?? area, area.maker.at),
    );
  const roots = found.filter((maker) => !inner(maker));
  const isDecided = (at: string) => areas.some((area) => decides(area, at));

  const folders = [...layout.kustomizations.values()];
  const closures = new Map(folders.map((folder) => [folder, kustomizationFiles(tree, folder)]));
  const used = new Set([...closures.values()].flatMap((closure) => [...closure.folders]));
  const top = folders.filter(
    (folder) => !used.has(folder) && !isDecided(inside(folder, "kustomization.yaml")) && !isComponent(tree, folder),
  );

  const consumed = new Set<string>();
  const documents: LocatedDocument[] = [];
  const seen = new Set<string>();
  const kept = new Map<string, LocatedDocument[]>();
  let round: Maker[] = [
    ...top.map((folder): Maker => kustomizationMaker(tree, folder, layout)),
    ...[...layout.helmfiles]
      .filter(([at]) => !isDecided(at))
      .map(([at, document]): Maker => ({ kind: "helmfile", at, document })),
    ...roots,
  ];
  let count = 0;
  const deadline = Date.now() + mostSeconds * 1000;
  const fresh = (maker: Maker): boolean => {
    const key = rendering.keyOf(maker);
    if (seen.has(key)) maker.document.made = "seen";
    else if (++count > mostMakers) {
      const reason = `there are more than ${mostMakers} before it`;
      maker.document.made = { reason, fix: "Name a part of the repository" };
    } else {
      seen.add(key);
      return true;
    }
    return false;
  };
  const makeAll = async () => {
    while (round.length > 0) {
      const { ready, later } = rendering.split(round.filter(fresh));
      const made: Made[] = [];
      for (let at = 0; at < ready.length; at += atOnce) {
        const some = ready.slice(at, at + atOnce);
        const size = documents.length + made.reduce((sum, one) => sum + one.documents.length, 0);
        const stop = Date.now() > deadline ? tooLong : size > mostDocuments ? tooMuch : undefined;
        if (stop !== undefined) made.push(...some.map(() => ({ documents: [], consumed: [], missing: stop })));
        else made.push(...(await Promise.all(some.map((maker) => rendering.make(maker)))));
      }
      round = later;
      for (const maker of later) seen.delete(rendering.keyOf(maker));
      for (const [index, one] of made.entries()) {
        const maker = ready[index];
        if (maker !== undefined) take(maker, one);
      }
    }
  };
  function take(maker: Maker, { documents: more, consumed: eaten, missing, unknown }: Made): void {
    // Who asks for nothing to be rendered need not hear that nothing was.
    const why = context.mode === "never" ? undefined : missing;
    maker.document.made = missing === undefined ? (unknown ?? "seen") : why;
    const isFile = maker.kind === "kustomize" || maker.kind === "chart" || maker.kind === "helmfile";
    if (isFile && maker.document.made !== "seen") kept.set(maker.at, [maker.document]);
    for (const at of eaten) consumed.add(at);
    for (const document of more) known.add(document);
    documents.push(...more);
    round.push(...makersOf(more, maker.at, (maker.depth ?? 0) + 1));
  }

  await makeAll();
  // A chart that nothing installs from here is somebody else's to install: as it is by default.
  const dependencies = new Set(
    [...layout.places.keys()]
      .filter((at) => path.posix.basename(at) === "Chart.yaml")
      .flatMap((at) => dependencyFolders(tree, folderOf(at))),
  );
  round = layout.charts
    .filter((folder) => !dependencies.has(folder) && !isLibrary(tree, folder))
    .map((folder) => ({ folder, at: inside(folder, "Chart.yaml") }))
    .filter(({ folder, at }) => !rendering.charts.has(folder) && !isDecided(at) && !consumed.has(at))
    .map(({ folder, at }): Maker => ({ kind: "chart", at, folder, document: documentOf(tree, at) }));
  await makeAll();
  context.cache.prune();

  const keptFolders = new Set([...kept.keys()].map(folderOf));
  const isBesideKept = (at: string) => keptFolders.has(folderOf(at));
  const nobody = (file: TextFile, reason: string): TextFile[] =>
    nameHints.test(file.file) || holdsNoObject(file)
      ? []
      : [{ file: file.file, text: file.text, found: true, unapplied: reason }];
  const remaining = files.flatMap((file): TextFile[] => {
    const at = layout.pathOf(file);
    if (at === undefined) return [file];
    const instead = kept.get(at);
    if (instead !== undefined) return [{ ...file, located: { documents: instead, problems: [] } }];
    if (layout.kustomizations.has(at) || consumed.has(at) || layout.isChartFile(at)) return [];
    const decider = roots.some((maker) => maker.at === at) ? undefined : areas.find((area) => decides(area, at));
    if (decider !== undefined) {
      const { kind = "", namespace = "", name = "" } = identityOf(decider.maker.document) ?? {};
      return nobody(file, `${kind} ${namespace}/${name} decides about its folder and does not apply it`);
    }
    if (layout.isBesideKustomization(at) && !isBesideKept(at)) return nobody(file, "no kustomization lists it");
    const own = parsed.get(at);
    return [own === undefined ? file : { ...file, located: own }];
  });
  const problems = severalClusters(roots);
  const made: TextFile[] =
    documents.length + problems.length === 0
      ? []
      : [{ file: "rendered", text: "", found: true, located: { documents, problems } }];
  return { files: [...remaining, ...made] };
}

/** A file such as a docker-compose.yaml, which nobody would apply. Of one that cannot be read nothing is certain. */
function holdsNoObject({ file, text }: TextFile): boolean {
  const { documents, problems } = readYaml(text, file);
  return problems.every(({ code }) => code === foreignProblem) && !documents.some(({ value }) => mayBeObject(value));
}

interface Layout {
  /** Files by their path in the tree. */
  places: Map<string, TextFile>;
  pathOf(file: TextFile): string | undefined;
  /** Folders by the file that makes them a kustomization. */
  kustomizations: Map<string, string>;
  /** Files of helmfile, each with what it says. */
  helmfiles: Map<string, LocatedDocument>;
  /** Folders that are charts, without the charts in them. */
  charts: string[];
  isChartFile(at: string): boolean;
  isBesideKustomization(at: string): boolean;
}

function layoutOf(files: readonly TextFile[], tree: SourceTree): Layout {
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
    // A file that was not read makes a kustomization of the folder all the same, if only that is hidden from the walk by its name.
    if (file !== undefined && (places.has(file) || file.endsWith("Kustomization"))) kustomizations.set(file, folder);
  }
  const kustomized = new Set(kustomizations.values());
  const charts = [...places.keys()]
    .filter((at) => path.posix.basename(at) === "Chart.yaml")
    .map(folderOf)
    .filter(
      (folder) =>
        isChart(tree, folder) &&
        (isFolder(tree, inside(folder, "templates")) || isFolder(tree, inside(folder, "charts"))),
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

const folderOf = (at: string) => (at.includes("/") ? path.posix.dirname(at) : "");

const isBelow = (at: string, folder: string) => folder === "" || at === folder || at.startsWith(`${folder}/`);

function isComponent(tree: SourceTree, folder: string): boolean {
  const file = kustomizationIn(tree, folder);
  return file !== undefined && memberAt(documentOf(tree, file).value, ["kind"]) === "Component";
}

function kustomizationMaker(tree: SourceTree, folder: string, { kustomizations }: Layout): Maker {
  const at = [...kustomizations].find(([, one]) => one === folder)?.[0] ?? inside(folder, "kustomization.yaml");
  return { kind: "kustomize", at, folder, document: documentOf(tree, at) };
}

function documentOf(tree: SourceTree, at: string): LocatedDocument {
  const text = Buffer.from(tree.read(at) ?? []).toString("utf8");
  const [document] = readYaml(text, tree.show(at)).documents;
  return document === undefined ? { file: tree.show(at), value: {}, position: () => ({}) } : { ...document };
}
