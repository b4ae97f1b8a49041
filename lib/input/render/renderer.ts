import { createHash } from "node:crypto";
import { formatPlace } from "../../common/problem";
import { canonical } from "../../kubernetes/schema/list-types";
import type { LocatedDocument, RenderGap } from "../manifests/document";
import { memberAt } from "../manifests/shape";
import {
  type ArgoSource,
  argoCluster,
  argoFiles,
  argoNamespace,
  argoNamespaceObject,
  argoRepositories,
  argoSources,
} from "./argo/application";
import { generatorRepositories } from "./argo/application-generators";
import { applicationsOf } from "./argo/application-set";
import { repositoryName } from "./argo/values";
import { fluxInstanceObjects, fluxInstancePatches } from "./flux/flux-instance";
import { fluxKustomization, otherCluster, suspended, variablesOf } from "./flux/kustomization";
import { postBuild } from "./flux/post-build";
import { resourceSetObjects } from "./flux/resource-set";
import { folderOfSource, type SourceFolder } from "./flux/sources";
import { build } from "./kustomize/build";
import { kustomizedInstalls } from "./kustomize/installs";
import { kustomizationFiles } from "./kustomize/kustomization-files";
import { unbuiltManifests } from "./kustomize/unbuilt-manifests";
import { isSynced } from "./objects/hooks";
import type { Missing } from "./objects/missing";
import { identityOf, type ReferencedObjects } from "./objects/referenced-objects";
import {
  gapOf,
  maxDepth,
  notRendered,
  type OwnedPaths,
  type Renderable,
  type RenderResult,
  unknownInputs,
} from "./objects/renderable";
import { inNamespace, kustomizedDocuments, type Origins } from "./objects/rendered";
import { Releases } from "./releases";
import type { SourceTree } from "./repository/tree";
import type { RenderContext } from "./tools/context";

/** Renders renderables of every kind, and knows which paths of the tree each of them manages. */
export class Renderer {
  private readonly tree: SourceTree;
  private readonly releases: Releases;
  private cluster: string | undefined;
  /** The first address that Argo CD's objects name as this repository's. */
  private repository: string | undefined;

  constructor(
    readonly origins: Origins,
    private readonly referenced: ReferencedObjects,
    private readonly context: RenderContext,
  ) {
    this.tree = origins.tree;
    this.releases = new Releases(origins, referenced, context);
  }

  /** Folders of the charts that something in the tree installs. */
  get charts(): ReadonlySet<string> {
    return this.releases.charts;
  }

  /** A key of what is rendered, so that nothing is rendered twice. */
  keyOf({ kind, folder, document }: Renderable): string {
    if (kind === "helmfile") return `${kind} ${document.file}`;
    if (kind === "kustomize" || kind === "chart") return `${kind} ${folder}`;
    return `${kind} ${createHash("sha256").update(canonical(document.value)).digest("hex")}`;
  }

  /** The paths that a renderable manages: it alone decides whether their objects are applied. */
  ownedPathsOf(renderable: Renderable): OwnedPaths {
    try {
      return this.pathsOf(renderable);
    } catch {
      // `render` reports the error.
      return { folders: [], files: new Set() };
    }
  }

  private pathsOf(renderable: Renderable): OwnedPaths {
    if (renderable.kind === "application") {
      return { folders: [], files: new Set(argoFiles(this.tree, renderable.document)) };
    }
    if (renderable.kind === "applicationset") {
      const applications = applicationsOf(this.tree, this.referenced, renderable.document);
      const files = Array.isArray(applications) ? applications.flatMap((one) => argoFiles(this.tree, one)) : [];
      return { folders: [], files: new Set(files) };
    }
    const document =
      renderable.kind === "fluxinstance" ? fluxInstanceObjects(renderable.document).at(-1) : renderable.document;
    if (document === undefined || (renderable.kind !== "flux" && renderable.kind !== "fluxinstance"))
      return { folders: [], files: new Set() };
    const source = this.fluxFolder(document);
    if (!("folder" in source)) return { folders: [], files: new Set() };
    const result = kustomizationFiles(source.tree, source.folder, this.fluxContent(source, document));
    return { folders: [source.folder], files: new Set(result.files.keys()) };
  }

  /**
   * Splits renderables into those to render now and those that wait: for ConfigMaps with their variables, which others may still generate, and
   * releases for all others. If nothing would be ready, waiting is of no use and all but the releases are ready.
   */
  partition(renderables: readonly Renderable[]): { ready: Renderable[]; waiting: Renderable[] } {
    const releases = renderables.filter(({ kind }) => kind === "release" || kind === "helmchart");
    const others = renderables.filter((renderable) => !releases.includes(renderable));
    if (others.length === 0) return { ready: releases, waiting: [] };
    const ready = others.filter(({ document }) => (variablesOf(document, this.referenced)?.unknown.length ?? 0) === 0);
    if (ready.length === 0) return { ready: others, waiting: releases };
    return { ready, waiting: [...others.filter((renderable) => !ready.includes(renderable)), ...releases] };
  }

  /** Renders a renderable. Never rejects: an error becomes the reason why its objects are missing. */
  async render(renderable: Renderable): Promise<RenderResult> {
    if ((renderable.depth ?? 0) > maxDepth) {
      const missing = `it is generated by generated objects, ${maxDepth} levels deep`;
      return notRendered({ missing, fix: "Give its rendered objects instead" });
    }
    try {
      return await this.renderKind(renderable);
    } catch (error) {
      // A repository may hold anything: an invalid pattern, endless aliases, a link that leads out of it.
      const [message = ""] = (error as Error).message.split("\n", 1);
      return notRendered({ missing: `it cannot be rendered: ${message}`, fix: "Give its rendered objects instead" });
    }
  }

  private renderKind(renderable: Renderable): Promise<RenderResult> {
    switch (renderable.kind) {
      case "kustomize":
        renderable.document.installs = kustomizedInstalls(this.tree, renderable.folder ?? "");
        return this.kustomize(renderable.folder ?? "", renderable.document);
      case "chart":
        return this.releases.chart(renderable.folder ?? "", renderable.document);
      case "helmfile":
        return this.releases.helmfile(renderable.at, renderable.document);
      case "flux":
        return this.flux(renderable.document);
      case "fluxinstance":
        return this.fluxInstance(renderable.document);
      case "resourceset":
        return this.resourceSet(renderable.document);
      case "release":
        return this.releases.release(renderable.document);
      case "helmchart":
        return this.releases.helmChart(renderable.document);
      case "application":
        return this.application(renderable.document);
      case "applicationset":
        return this.applicationSet(renderable.document);
    }
  }

  private async kustomize(folder: string, { file }: LocatedDocument): Promise<RenderResult> {
    const built = await build(this.tree, folder, this.context);
    if ("output" in built) {
      const documents = kustomizedDocuments(built.output, folder, this.origins, file);
      return { documents, consumed: built.input.files.keys(), missing: gapOf(built.omitted) };
    }
    return unbuiltManifests(this.tree, built.input, built);
  }

  private async flux(document: LocatedDocument): Promise<RenderResult> {
    const source = otherCluster(document) ?? this.fluxFolder(document);
    if (!("folder" in source)) return notRendered(source);
    const { folder, tree } = source;
    const content = this.fluxContent(source, document);
    const { rewrite, refused, unknown: sources } = postBuild(document, this.referenced);
    const unknown = sources.length === 0 ? suspended(document) : unknownInputs(sources, "variables");
    const built = await build(tree, folder, this.context, { content, restricted: false });
    const result: RenderResult =
      "output" in built
        ? {
            documents: kustomizedDocuments(built.output, folder, this.origins, document.file, rewrite),
            consumed: built.input.files.keys(),
            missing: gapOf(built.omitted),
          }
        : unbuiltManifests(tree, built.input, built, rewrite);
    const wrong = refused();
    if (wrong !== undefined) {
      const fix = "Fix it, or write `$${` for text that is not a variable: Flux applies none of it";
      return { ...result, missing: result.missing ?? { reason: wrong, fix } };
    }
    return { ...result, ...(unknown !== undefined && result.missing === undefined && { unknown }) };
  }

  /** The source and the Kustomization that a FluxInstance syncs with. The Kustomization is rendered in the next round. */
  private async fluxInstance(document: LocatedDocument): Promise<RenderResult> {
    const documents = fluxInstanceObjects(document);
    const patches = fluxInstancePatches(document);
    const result: RenderResult = { documents, consumed: [] };
    return patches.length === 0 ? result : this.releases.postRendered(result, [{ kustomize: { patches } }]);
  }

  private async resourceSet(document: LocatedDocument): Promise<RenderResult> {
    const result = resourceSetObjects(this.referenced, document);
    return Array.isArray(result) ? { documents: result, consumed: [] } : notRendered(result);
  }

  private fluxFolder(document: LocatedDocument): SourceFolder | Missing {
    const spec = memberAt(document.value, ["spec"]);
    const at = memberAt(spec, ["path"]);
    const namespace = identityOf(document)?.namespace ?? "default";
    return folderOfSource(
      this.tree,
      this.referenced,
      memberAt(spec, ["sourceRef"]),
      namespace,
      typeof at === "string" ? at : "",
    );
  }

  private fluxContent({ folder, tree }: SourceFolder, document: LocatedDocument): Record<string, unknown> {
    try {
      return fluxKustomization(tree, folder, document.value);
    } catch {
      // The file is not YAML. The build reports that.
      return {};
    }
  }

  private async application(document: LocatedDocument): Promise<RenderResult> {
    // Only one cluster is evaluated: that of the first Application.
    const cluster = argoCluster(document.value);
    this.cluster ??= cluster;
    if (cluster !== this.cluster) {
      const missing = `it is for cluster ${cluster}, but other objects in the input are for ${this.cluster}`;
      return notRendered({ missing, fix: "Read the clusters one by one" });
    }
    const repository = this.unclearRepository(argoRepositories(this.tree, document.value));
    const namespace = argoNamespace(document.value);
    const own = argoNamespaceObject(document.value);
    const result: RenderResult = {
      documents: own === undefined ? [] : [{ ...document, value: own, rendered: "complete" }],
      consumed: [],
    };
    const consumed: string[] = [];
    for (const source of argoSources(this.tree, document)) {
      const part = await this.renderArgoSource(source, document);
      result.documents.push(...part.documents.filter(isSynced).map((one) => inNamespace(one, namespace, false)));
      consumed.push(...part.consumed);
      result.missing ??= part.missing;
      result.unknown ??= part.unknown;
    }
    result.missing ??= repository;
    return { ...result, consumed };
  }

  private async renderArgoSource(source: ArgoSource, document: LocatedDocument): Promise<RenderResult> {
    if ("missing" in source) {
      if (source.chart !== undefined) this.releases.charts.add(source.chart);
      return notRendered(source);
    }
    if ("release" in source) return this.releases.renderRelease(source.release, document, []);
    if ("files" in source) {
      const documents = source.files.flatMap((file) => this.origins.documents(file).map((one) => ({ ...one })));
      const broken = source.files.flatMap((file) => this.origins.problems(file))[0];
      const { missing } = source.incomplete === undefined ? {} : notRendered(source.incomplete);
      if (broken === undefined) return { documents, consumed: source.files, missing };
      const reason = `Argo CD cannot read ${formatPlace(broken)}: ${broken.message}`;
      return { documents, consumed: source.files, missing: { reason, fix: "Fix it: Argo CD applies none of it" } };
    }
    const built = await build(this.tree, source.folder, this.context, { content: source.kustomization });
    if (!("output" in built)) return unbuiltManifests(this.tree, built.input, built);
    const documents = kustomizedDocuments(built.output, source.folder, this.origins, document.file);
    return { documents, consumed: built.input.files.keys(), missing: gapOf(built.omitted) };
  }

  /** The gap of an object that names another repository than those before it, if no remote tells which of them is this one. */
  private unclearRepository(addresses: readonly string[]): RenderGap | undefined {
    if (this.tree.addresses.length > 0) return undefined;
    for (const address of addresses) {
      this.repository ??= address;
      if (repositoryName(address) === repositoryName(this.repository)) continue;
      return {
        reason: "its folder may be in another repository, because there is no git remote to tell which one this is",
        detail: `${address}, while others name ${this.repository}`,
        fix: "Add the repository's remote, or give the output of `argocd app manifests NAME` too",
      };
    }
    return undefined;
  }

  /** The Applications of an ApplicationSet, which are rendered in the next round. */
  private async applicationSet(document: LocatedDocument): Promise<RenderResult> {
    const result = applicationsOf(this.tree, this.referenced, document);
    if (!Array.isArray(result)) return notRendered(result);
    const missing = this.unclearRepository(generatorRepositories(document.value));
    return { documents: result, consumed: [], missing };
  }
}
