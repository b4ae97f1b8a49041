import { createHash } from "node:crypto";
import type { LocatedDocument } from "../manifests/document";
import { memberAt } from "../manifests/shape";
import { applicationsOf } from "./application-set";
import { type ArgoSource, argoCluster, argoFiles, argoNamespace, argoNamespaceObject, argoSources } from "./argo";
import type { RenderContext } from "./context";
import { fluxKustomization, folderOfSource, otherCluster, suspended, variablesOf } from "./flux";
import { fluxInstanceObjects, fluxInstancePatches } from "./flux-instance";
import { isSynced } from "./hooks";
import { kustomizedInstalls } from "./installs";
import { kustomizationFiles } from "./kustomization-files";
import { build } from "./kustomize";
import type { Missing } from "./missing";
import { postBuild } from "./post-build";
import { identityOf, type ReferencedObjects } from "./referenced-objects";
import { Releases } from "./releases";
import { deepest, notRendered, type OwnedPaths, type Renderable, type RenderResult, unknownInputs } from "./renderable";
import { inNamespace, kustomizedDocuments, type Origins } from "./rendered";
import { resourceSetObjects } from "./resource-set";
import type { SourceTree } from "./tree";
import { unbuiltManifests } from "./unbuilt-manifests";

/** Renders each kind of renderable in one set of files. */
export class Renderer {
  private readonly tree: SourceTree;
  private readonly releases: Releases;
  private cluster: string | undefined;

  constructor(
    readonly origins: Origins,
    private readonly known: ReferencedObjects,
    private readonly context: RenderContext,
  ) {
    this.tree = origins.tree;
    this.releases = new Releases(origins, known, context);
  }

  /** Folders of charts that something in the tree installs. */
  get charts(): ReadonlySet<string> {
    return this.releases.charts;
  }

  /** Identifies what a renderable renders, so that nothing is rendered twice. */
  keyOf({ kind, folder, document }: Renderable): string {
    if (kind === "helmfile") return `${kind} ${document.file}`;
    if (kind === "kustomize" || kind === "chart") return `${kind} ${folder}`;
    return `${kind} ${createHash("sha256").update(JSON.stringify(document.value)).digest("hex")}`;
  }

  /** The paths whose objects a renderable decides about. */
  ownedPathsOf(renderable: Renderable): OwnedPaths {
    try {
      return this.pathsOf(renderable);
    } catch {
      // `render` reports what is wrong.
      return { folders: [], files: new Set() };
    }
  }

  private pathsOf(renderable: Renderable): OwnedPaths {
    if (renderable.kind === "application") {
      return { folders: [], files: new Set(argoFiles(this.tree, renderable.document)) };
    }
    if (renderable.kind === "applicationset") {
      const applications = applicationsOf(this.tree, this.known, renderable.document);
      const files = Array.isArray(applications) ? applications.flatMap((one) => argoFiles(this.tree, one)) : [];
      return { folders: [], files: new Set(files) };
    }
    const document =
      renderable.kind === "fluxinstance" ? fluxInstanceObjects(renderable.document).at(-1) : renderable.document;
    if (document === undefined || (renderable.kind !== "flux" && renderable.kind !== "fluxinstance"))
      return { folders: [], files: new Set() };
    const source = this.fluxFolder(document);
    if (!("folder" in source)) return { folders: [], files: new Set() };
    const result = kustomizationFiles(this.tree, source.folder, this.fluxContent(source.folder, document));
    return { folders: [source.folder], files: new Set(result.files.keys()) };
  }

  /** The renderables whose ConfigMaps are known, or all where waiting is of no use. Releases wait for the kustomizations. */
  split(renderables: readonly Renderable[]): { ready: Renderable[]; later: Renderable[] } {
    const releases = renderables.filter(({ kind }) => kind === "release" || kind === "helmchart");
    const others = renderables.filter((renderable) => !releases.includes(renderable));
    if (others.length === 0) return { ready: releases, later: [] };
    const ready = others.filter(({ document }) => (variablesOf(document, this.known)?.unknown.length ?? 0) === 0);
    if (ready.length === 0) return { ready: others, later: releases };
    return { ready, later: [...others.filter((renderable) => !ready.includes(renderable)), ...releases] };
  }

  /** Renders one. Never rejects: what goes wrong is the reason why its objects are missing. */
  async render(renderable: Renderable): Promise<RenderResult> {
    if ((renderable.depth ?? 0) > deepest) {
      const missing = `what makes it is made by others, ${deepest} deep`;
      return notRendered({ missing, fix: "Give what it makes" });
    }
    try {
      return await this.renderKind(renderable);
    } catch (error) {
      // Any content of a repository: an invalid pattern, endless aliases, a link that leads out of it.
      const [message = ""] = (error as Error).message.split("\n", 1);
      return notRendered({ missing: `it cannot be rendered: ${message}`, fix: "Give what it makes" });
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
      return { documents, consumed: built.input.files.keys() };
    }
    return unbuiltManifests(this.tree, built.input, built);
  }

  private async flux(document: LocatedDocument): Promise<RenderResult> {
    const source = otherCluster(document) ?? this.fluxFolder(document);
    if (!("folder" in source)) return notRendered(source);
    const { folder } = source;
    const content = this.fluxContent(folder, document);
    const { rewrite, refused, unknown: sources } = postBuild(document, this.known);
    const unknown = sources.length === 0 ? suspended(document) : unknownInputs(sources, "variables");
    const built = await build(this.tree, folder, this.context, content, false);
    const result: RenderResult =
      "output" in built
        ? {
            documents: kustomizedDocuments(built.output, folder, this.origins, document.file, rewrite),
            consumed: built.input.files.keys(),
          }
        : unbuiltManifests(this.tree, built.input, built, rewrite);
    const wrong = refused();
    if (wrong !== undefined) {
      const fix = "Mend it, or write `$${` for what is no variable: Flux applies nothing of it";
      return { ...result, missing: result.missing ?? { reason: wrong, fix } };
    }
    return { ...result, ...(unknown !== undefined && result.missing === undefined && { unknown }) };
  }

  /** The source and the Kustomization that it syncs with, which are rendered next. */
  private async fluxInstance(document: LocatedDocument): Promise<RenderResult> {
    const documents = fluxInstanceObjects(document);
    const patches = fluxInstancePatches(document);
    const result: RenderResult = { documents, consumed: [] };
    return patches.length === 0 ? result : this.releases.postRendered(result, [{ kustomize: { patches } }]);
  }

  private async resourceSet(document: LocatedDocument): Promise<RenderResult> {
    const result = resourceSetObjects(document);
    return Array.isArray(result) ? { documents: result, consumed: [] } : notRendered(result);
  }

  private fluxFolder(document: LocatedDocument): { folder: string } | Missing {
    const spec = memberAt(document.value, ["spec"]);
    const at = memberAt(spec, ["path"]);
    const namespace = identityOf(document)?.namespace ?? "default";
    return folderOfSource(
      this.tree,
      this.known,
      memberAt(spec, ["sourceRef"]),
      namespace,
      typeof at === "string" ? at : "",
    );
  }

  private fluxContent(folder: string, document: LocatedDocument): Record<string, unknown> {
    try {
      return fluxKustomization(this.tree, folder, document.value);
    } catch {
      // The file is not YAML, which the build reports.
      return {};
    }
  }

  private async application(document: LocatedDocument): Promise<RenderResult> {
    // One answer is about one cluster: that of the first Application.
    const cluster = argoCluster(document.value);
    this.cluster ??= cluster;
    if (cluster !== this.cluster) {
      const missing = `it is for the cluster ${cluster}, and others of what is read are for ${this.cluster}`;
      return notRendered({ missing, fix: "Read the clusters one by one" });
    }
    const namespace = argoNamespace(document.value);
    const own = argoNamespaceObject(document.value);
    const result: RenderResult = {
      documents: own === undefined ? [] : [{ ...document, value: own, rendered: "complete" }],
      consumed: [],
    };
    const consumed: string[] = [];
    for (const source of argoSources(this.tree, document)) {
      const part = await this.argoPart(source, document);
      result.documents.push(...part.documents.filter(isSynced).map((one) => inNamespace(one, namespace, false)));
      consumed.push(...part.consumed);
      result.missing ??= part.missing;
      result.unknown ??= part.unknown;
    }
    return { ...result, consumed };
  }

  private async argoPart(source: ArgoSource, document: LocatedDocument): Promise<RenderResult> {
    if ("missing" in source) {
      if (source.chart !== undefined) this.releases.charts.add(source.chart);
      return notRendered(source);
    }
    if ("release" in source) return this.releases.inflated(source.release, document, []);
    if ("files" in source) {
      const documents = source.files.flatMap((file) => this.origins.documents(file).map((one) => ({ ...one })));
      const broken = source.files.flatMap((file) => this.origins.problems(file))[0];
      const { missing } = source.beside === undefined ? {} : notRendered(source.beside);
      if (broken === undefined) return { documents, consumed: source.files, missing };
      const { file, line, message } = broken;
      const reason = `Argo CD cannot read ${file}${line === undefined ? "" : `:${line}`}: ${message}`;
      return { documents, consumed: source.files, missing: { reason, fix: "Mend it: Argo CD applies nothing of it" } };
    }
    const built = await build(this.tree, source.folder, this.context, source.kustomization);
    if (!("output" in built)) return unbuiltManifests(this.tree, built.input, built);
    const documents = kustomizedDocuments(built.output, source.folder, this.origins, document.file);
    return { documents, consumed: built.input.files.keys() };
  }

  /** Its Applications, which are rendered next. */
  private async applicationSet(document: LocatedDocument): Promise<RenderResult> {
    const result = applicationsOf(this.tree, this.known, document);
    return Array.isArray(result) ? { documents: result, consumed: [] } : notRendered(result);
  }
}
