import path from "node:path";
import { parseAllDocuments } from "yaml";
import { isRecord } from "../../manifests/shape";
import { filesBelow, inside, joined, OutsideTreeError, type SourceTree } from "../repository/tree";
import { fileOfGenerator, withoutRemote } from "./without-remote";

/** The names of a kustomization file, in kustomize's order of preference. */
export const kustomizationNames = ["kustomization.yaml", "kustomization.yml", "Kustomization"] as const;

/** The path of a folder's kustomization file. Undefined if it has none. */
export function kustomizationIn(tree: SourceTree, folder: string): string | undefined {
  const names = tree.list(folder) ?? [];
  const name = kustomizationNames.find((one) => names.includes(one));
  return name === undefined ? undefined : joined(folder, name);
}

/** The files in the repository that a kustomization refers to, directly or not, and what it takes from elsewhere. */
export interface KustomizationFiles {
  /** Content by path in the tree. */
  files: Map<string, Uint8Array>;
  /** Folders of the other kustomizations that it uses. */
  folders: Set<string>;
  /** The manifests in its `resources`, and in those of the kustomizations that it uses, each with the namespace that they set. */
  resources: { file: string; namespace: string | undefined }[];
  /** Why it cannot be rendered: files that are missing or outside of the repository, and plugins, which would run code. */
  refused: string[];
  /** What it would have to fetch. */
  remote: string[];
  /** The kustomizations that would fetch something, by path, without those references. Undefined if a reference cannot be removed. */
  withoutRemote: Map<string, Record<string, unknown>> | undefined;
  /** Whether it reads files above a kustomization's folder, which kustomize does only with a flag. */
  readsAbove: boolean;
  /**
   * Whether it configures builtin generators or transformers that may read files. Those files are not collected, so kustomize's own load restrictions
   * must stay on.
   */
  hasFileReadingPlugins: boolean;
  /** Whether it inflates Helm charts. */
  inflatesCharts: boolean;
  /** Whether at least one of those charts is in the tree. */
  hasLocalCharts: boolean;
  /** Whether it does more than list resources and set a namespace, so that its manifests differ from what is applied. */
  transforms: boolean;
}

/**
 * Follows every reference of a kustomization through the tree. kustomize later sees only these files.
 *
 * @param content The content to use instead of the first folder's own kustomization file. Flux and Argo CD generate it.
 */
export function kustomizationFiles(
  tree: SourceTree,
  folder: string,
  content?: Record<string, unknown>,
): KustomizationFiles {
  const found: KustomizationFiles = {
    files: new Map(),
    folders: new Set(),
    resources: [],
    refused: [],
    remote: [],
    withoutRemote: new Map(),
    readsAbove: false,
    hasFileReadingPlugins: false,
    inflatesCharts: false,
    hasLocalCharts: false,
    transforms: false,
  };
  const walk = new ReferenceWalk(tree, found);
  walk.kustomization(folder, undefined, content);
  found.folders.delete(folder);
  return found;
}

/** Members that list paths. An item of a plugin list may also be an inline configuration. */
const pathLists = ["resources", "bases", "components", "crds", "configurations"];
const pluginLists = ["generators", "transformers", "validators"];
/** Builtin transformers whose configuration names no file. */
const readsNoFile =
  /^(Annotations|Hash|ImageTag|Label|LegacyOrder|Namespace|Prefix|PrefixSuffix|ReplicaCount|SortOrder|Suffix)Transformer$/;

const plainFields = new Set([
  "apiVersion",
  "kind",
  "metadata",
  "namespace",
  "resources",
  "bases",
  "buildMetadata",
  "sortOptions",
]);

class ReferenceWalk {
  constructor(
    private readonly tree: SourceTree,
    private readonly found: KustomizationFiles,
  ) {}

  kustomization(folder: string, above: string | undefined, content?: Record<string, unknown>): void {
    const { found } = this;
    if (found.folders.has(folder)) return;
    found.folders.add(folder);
    const file = this.guarded(() => kustomizationIn(this.tree, folder));
    if (file === undefined && content === undefined) {
      found.refused.push(`${folder || "."} has no kustomization.yaml`);
      return;
    }
    if (file !== undefined) this.addIfPresent(file);
    const value = content ?? this.parse(file ?? "");
    if (!isRecord(value)) return;
    if (Object.keys(value).some((key) => !plainFields.has(key))) found.transforms = true;
    const own = typeof value.namespace === "string" && value.namespace !== "" ? value.namespace : undefined;
    const namespace = above ?? own;
    const before = found.remote.length;
    for (const list of pathLists) {
      for (const name of texts(value[list])) this.reference(folder, name, list, namespace);
    }
    for (const list of pluginLists) {
      for (const name of texts(value[list])) {
        if (name.includes("\n")) this.plugin(name, folder);
        else this.reference(folder, name, list, namespace);
      }
    }
    for (const patch of texts(value.patchesStrategicMerge)) {
      if (!patch.includes("\n")) this.file(folder, patch);
    }
    for (const list of ["patches", "patchesJson6902", "replacements"]) {
      for (const item of records(value[list])) if (typeof item.path === "string") this.file(folder, item.path);
    }
    if (isRecord(value.openapi) && typeof value.openapi.path === "string") this.file(folder, value.openapi.path);
    for (const generator of [...records(value.configMapGenerator), ...records(value.secretGenerator)]) {
      for (const name of texts(generator.files)) this.file(folder, fileOfGenerator(name));
      for (const name of [...texts(generator.envs), ...texts([generator.env])]) this.file(folder, name);
    }
    this.charts(folder, value);
    const remote = new Set(found.remote.slice(before));
    if (remote.size === 0) return;
    const isLeftOut = (one: unknown) => remote.has(isRecord(one) ? chartNamed(one) : String(one));
    found.withoutRemote?.set(file ?? inside(folder, kustomizationNames[0]), withoutRemote(value, isLeftOut));
  }

  private reference(folder: string, name: string, list: string, namespace: string | undefined): void {
    const at = joined(folder, name);
    if (at === undefined) {
      this.outsideTree(folder, name);
      return;
    }
    this.guarded(() => {
      if (this.tree.list(at) !== undefined) {
        this.kustomization(at, namespace);
        return;
      }
      const content = this.tree.read(at);
      if (content === undefined) this.notFound(folder, name);
      else {
        this.add(folder, at, content);
        if (list === "resources" || list === "bases") this.found.resources.push({ file: at, namespace });
        if (pluginLists.includes(list)) this.plugin(Buffer.from(content).toString("utf8"), folder);
      }
    });
  }

  private file(folder: string, name: string): void {
    const at = joined(folder, name);
    if (at === undefined) {
      this.outsideTree(folder, name);
      return;
    }
    this.guarded(() => {
      const content = this.tree.read(at);
      if (content === undefined) this.notFound(folder, name);
      else this.add(folder, at, content);
    });
  }

  private charts(folder: string, value: Record<string, unknown>): void {
    const charts = [...records(value.helmCharts), ...records(value.helmChartInflationGenerator)];
    if (charts.length === 0) return;
    this.found.inflatesCharts = true;
    const globals = isRecord(value.helmGlobals) ? value.helmGlobals : {};
    const home = typeof globals.chartHome === "string" ? globals.chartHome : "charts";
    for (const chart of charts) {
      for (const name of [...texts([chart.valuesFile]), ...texts(chart.additionalValuesFiles)]) this.file(folder, name);
      const name = String(chart.name ?? chart.chartName ?? "");
      const own = typeof chart.chartHome === "string" ? chart.chartHome : home;
      const places = [`${own}/${name}`, `${own}/${name}-${String(chart.version ?? "")}/${name}`];
      const at = places
        .map((place) => joined(folder, place))
        .find((place) => place !== undefined && this.isFolder(place));
      if (at === undefined) this.found.remote.push(chartNamed(chart));
      else {
        this.found.hasLocalCharts = true;
        for (const file of this.guarded(() => filesBelow(this.tree, at)) ?? []) this.addIfPresent(file);
      }
    }
  }

  /** Checks the configuration of a generator or transformer. Only builtin ones are allowed: any other plugin would run a program. */
  private plugin(text: string, folder: string): void {
    for (const document of parseAllDocuments(text, { logLevel: "silent" })) {
      const value = this.decode(document, folder);
      if (!isRecord(value)) continue;
      if (document.errors.length > 0 || !readsNoFile.test(String(value.kind))) this.found.hasFileReadingPlugins = true;
      if (value.apiVersion !== "builtin") {
        const what = `${String(value.kind)} of ${String(value.apiVersion)}`;
        this.found.refused.push(`${folder || "."} requires the plugin ${what}, and no plugins are run`);
      } else if (/^HelmChart/.test(String(value.kind))) {
        this.found.remote.push("a chart that a generator inflates");
        this.found.withoutRemote = undefined;
      }
    }
  }

  private decode(document: { toJS(): unknown }, folder: string): unknown {
    try {
      return document.toJS();
    } catch (error) {
      this.found.refused.push(`a generator of ${folder || "."} cannot be read: ${(error as Error).message}`);
      return undefined;
    }
  }

  private add(folder: string, at: string, content: Uint8Array): void {
    this.found.files.set(at, content);
    if (folder !== "" && !at.startsWith(`${folder}/`)) this.found.readsAbove = true;
  }

  private addIfPresent(file: string): void {
    this.guarded(() => {
      const content = this.tree.read(file);
      if (content !== undefined) this.found.files.set(file, content);
    });
  }

  private parse(file: string): unknown {
    const content = this.found.files.get(file);
    if (content === undefined) return undefined;
    const [document, second] = parseAllDocuments(Buffer.from(content).toString("utf8"), { logLevel: "silent" });
    if (document === undefined || second !== undefined || document.errors.length > 0) {
      this.found.refused.push(`${file} cannot be read as one YAML document`);
      return undefined;
    }
    try {
      return document.toJS();
    } catch (error) {
      this.found.refused.push(`${file} cannot be read as YAML: ${(error as Error).message}`);
      return undefined;
    }
  }

  private notFound(folder: string, name: string): void {
    if (isAddress(name)) this.found.remote.push(name);
    else this.found.refused.push(`${path.posix.join(folder, name)}, which it names, is not there`);
  }

  private outsideTree(folder: string, name: string): void {
    if (isAddress(name)) this.found.remote.push(name);
    else this.found.refused.push(`${folder || "."} names ${name}, which leads out of the repository`);
  }

  private isFolder(at: string): boolean {
    return this.guarded(() => this.tree.list(at)) !== undefined;
  }

  private guarded<Result>(look: () => Result): Result | undefined {
    try {
      return look();
    } catch (error) {
      if (!(error instanceof OutsideTreeError)) throw error;
      this.found.refused.push(error.message);
      return undefined;
    }
  }
}

/** A remote chart, in words. */
const chartNamed = ({ name, chartName, repo }: Record<string, unknown>): string =>
  `the chart ${String(name ?? chartName ?? "")} of ${typeof repo === "string" ? repo : "no repository"}`;

/** Whether a reference is a remote address, in any form that kustomize accepts. */
export function isAddress(name: string): boolean {
  return (
    /^[a-z+]+:\/\//i.test(name) ||
    /^[^/]+@[^/]+:/.test(name) ||
    /[?&](ref|version)=/.test(name) ||
    /^git::|^(gh:|github\.com[/:])|^[\w.-]+\.(com|org|io|net|dev)\//i.test(name)
  );
}

const texts = (value: unknown): string[] =>
  (Array.isArray(value) ? value : []).filter((item): item is string => typeof item === "string" && item !== "");

const records = (value: unknown): Record<string, unknown>[] => (Array.isArray(value) ? value.filter(isRecord) : []);
