import { createHash } from "node:crypto";
import type { LocatedDocument } from "../manifests/document";
import { memberAt } from "../manifests/shape";
import { applicationsOf } from "./application-set";
import { type ArgoSource, argoCluster, argoFiles, argoNamespace, argoNamespaceObject, argoSources } from "./argo";
import type { RenderContext } from "./context";
import { elsewhere, fluxKustomization, folderOfSource, suspended, variablesOf } from "./flux";
import { fluxInstanceObjects, fluxInstancePatches } from "./flux-instance";
import { isSynced } from "./hooks";
import { kustomizedInstalls } from "./installs";
import { kustomizationFiles } from "./kustomization-files";
import { build } from "./kustomize";
import { type Area, deepest, type Made, type Maker, nothing, unknownFrom } from "./makers";
import type { Missing } from "./missing";
import { identityOf, type Known } from "./objects";
import { postBuild } from "./post-build";
import { Releases } from "./releases";
import { inNamespace, kustomizedDocuments, type Origins } from "./rendered";
import { resourceSetObjects } from "./resource-set";
import type { SourceTree } from "./tree";
import { unbuilt } from "./unbuilt";

/** Makes what makers make, one set of files with each other. */
export class Rendering {
  private readonly tree: SourceTree;
  private readonly releases: Releases;
  private cluster: string | undefined;

  constructor(
    readonly origins: Origins,
    private readonly known: Known,
    private readonly context: RenderContext,
  ) {
    this.tree = origins.tree;
    this.releases = new Releases(origins, known, context);
  }

  /** Charts of the tree that something installs. */
  get charts(): ReadonlySet<string> {
    return this.releases.charts;
  }

  keyOf({ kind, folder, document }: Maker): string {
    if (kind === "helmfile") return `${kind} ${document.file}`;
    if (kind === "kustomize" || kind === "chart") return `${kind} ${folder}`;
    return `${kind} ${createHash("sha256").update(JSON.stringify(document.value)).digest("hex")}`;
  }

  /** The part of the tree that a maker decides about. */
  areaOf(maker: Maker): Area {
    try {
      return this.areaWithin(maker);
    } catch {
      // What is wrong is said when it is made.
      return { folders: [], files: new Set() };
    }
  }

  private areaWithin(maker: Maker): Area {
    if (maker.kind === "application") {
      return { folders: [], files: new Set(argoFiles(this.tree, maker.document)) };
    }
    if (maker.kind === "applicationset") {
      const made = applicationsOf(this.tree, this.known, maker.document);
      const files = Array.isArray(made) ? made.flatMap((one) => argoFiles(this.tree, one)) : [];
      return { folders: [], files: new Set(files) };
    }
    const document = maker.kind === "fluxinstance" ? fluxInstanceObjects(maker.document).at(-1) : maker.document;
    if (document === undefined || (maker.kind !== "flux" && maker.kind !== "fluxinstance"))
      return { folders: [], files: new Set() };
    const source = this.fluxFolder(document);
    if (!("folder" in source)) return { folders: [], files: new Set() };
    const made = kustomizationFiles(this.tree, source.folder, this.fluxContent(source.folder, document));
    return { folders: [source.folder], files: new Set(made.files.keys()) };
  }

  /** Those whose ConfigMaps are there, or all where waiting is of no use. Releases wait for the kustomizations. */
  split(makers: readonly Maker[]): { ready: Maker[]; later: Maker[] } {
    const releases = makers.filter(({ kind }) => kind === "release" || kind === "helmchart");
    const others = makers.filter((maker) => !releases.includes(maker));
    if (others.length === 0) return { ready: releases, later: [] };
    const ready = others.filter(({ document }) => (variablesOf(document, this.known)?.unknown.length ?? 0) === 0);
    if (ready.length === 0) return { ready: others, later: releases };
    return { ready, later: [...others.filter((maker) => !ready.includes(maker)), ...releases] };
  }

  async make(maker: Maker): Promise<Made> {
    if ((maker.depth ?? 0) > deepest) {
      const missing = `what makes it is made by others, ${deepest} deep`;
      return nothing({ missing, fix: "Give what it makes" });
    }
    try {
      return await this.made(maker);
    } catch (error) {
      // Whatever stands in a repository: a pattern that is none, aliases without end, a link that leads out.
      const [message = ""] = (error as Error).message.split("\n", 1);
      return nothing({ missing: `it cannot be rendered: ${message}`, fix: "Give what it makes" });
    }
  }

  private made(maker: Maker): Promise<Made> {
    switch (maker.kind) {
      case "kustomize":
        maker.document.installs = kustomizedInstalls(this.tree, maker.folder ?? "");
        return this.kustomize(maker.folder ?? "", maker.document);
      case "chart":
        return this.releases.chart(maker.folder ?? "", maker.document);
      case "helmfile":
        return this.releases.helmfile(maker.at, maker.document);
      case "flux":
        return this.flux(maker.document);
      case "fluxinstance":
        return this.fluxInstance(maker.document);
      case "resourceset":
        return this.resourceSet(maker.document);
      case "release":
        return this.releases.release(maker.document);
      case "helmchart":
        return this.releases.helmChart(maker.document);
      case "application":
        return this.application(maker.document);
      case "applicationset":
        return this.applicationSet(maker.document);
    }
  }

  private async kustomize(folder: string, { file }: LocatedDocument): Promise<Made> {
    const built = await build(this.tree, folder, this.context);
    if ("output" in built) {
      const documents = kustomizedDocuments(built.output, folder, this.origins, file);
      return { documents, consumed: built.made.files.keys() };
    }
    return unbuilt(this.tree, built.made, built);
  }

  private async flux(document: LocatedDocument): Promise<Made> {
    const source = elsewhere(document) ?? this.fluxFolder(document);
    if (!("folder" in source)) return nothing(source);
    const { folder } = source;
    const content = this.fluxContent(folder, document);
    const { rewrite, refused, unknown: sources } = postBuild(document, this.known);
    const unknown = sources.length === 0 ? suspended(document) : unknownFrom(sources, "variables");
    const built = await build(this.tree, folder, this.context, content, false);
    const made: Made =
      "output" in built
        ? {
            documents: kustomizedDocuments(built.output, folder, this.origins, document.file, rewrite),
            consumed: built.made.files.keys(),
          }
        : unbuilt(this.tree, built.made, built, rewrite);
    const wrong = refused();
    if (wrong !== undefined) {
      const fix = "Mend it, or write `$${` for what is no variable: Flux applies nothing of it";
      return { ...made, missing: made.missing ?? { reason: wrong, fix } };
    }
    return { ...made, ...(unknown !== undefined && made.missing === undefined && { unknown }) };
  }

  /** The source and the Kustomization that it syncs with, which are made in their turn. */
  private async fluxInstance(document: LocatedDocument): Promise<Made> {
    const documents = fluxInstanceObjects(document);
    const patches = fluxInstancePatches(document);
    const made: Made = { documents, consumed: [] };
    return patches.length === 0 ? made : this.releases.postRendered(made, [{ kustomize: { patches } }]);
  }

  private async resourceSet(document: LocatedDocument): Promise<Made> {
    const made = resourceSetObjects(document);
    return Array.isArray(made) ? { documents: made, consumed: [] } : nothing(made);
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
      // The file is no YAML: the build says so.
      return {};
    }
  }

  private async application(document: LocatedDocument): Promise<Made> {
    // One answer is about one cluster: that of the first Application that is made.
    const cluster = argoCluster(document.value);
    this.cluster ??= cluster;
    if (cluster !== this.cluster) {
      const missing = `it is for the cluster ${cluster}, and others of what is read are for ${this.cluster}`;
      return nothing({ missing, fix: "Read the clusters one by one" });
    }
    const namespace = argoNamespace(document.value);
    const own = argoNamespaceObject(document.value);
    const made: Made = {
      documents: own === undefined ? [] : [{ ...document, value: own, made: "seen" }],
      consumed: [],
    };
    const consumed: string[] = [];
    for (const source of argoSources(this.tree, document)) {
      const part = await this.argoPart(source, document);
      made.documents.push(...part.documents.filter(isSynced).map((one) => inNamespace(one, namespace, false)));
      consumed.push(...part.consumed);
      made.missing ??= part.missing;
      made.unknown ??= part.unknown;
    }
    return { ...made, consumed };
  }

  private async argoPart(source: ArgoSource, document: LocatedDocument): Promise<Made> {
    if ("missing" in source) {
      if (source.chart !== undefined) this.releases.charts.add(source.chart);
      return nothing(source);
    }
    if ("release" in source) return this.releases.inflated(source.release, document, []);
    if ("files" in source) {
      const documents = source.files.flatMap((file) => this.origins.documents(file).map((one) => ({ ...one })));
      const broken = source.files.flatMap((file) => this.origins.problems(file))[0];
      const { missing } = source.beside === undefined ? {} : nothing(source.beside);
      if (broken === undefined) return { documents, consumed: source.files, missing };
      const { file, line, message } = broken;
      const reason = `Argo CD cannot read ${file}${line === undefined ? "" : `:${line}`}: ${message}`;
      return { documents, consumed: source.files, missing: { reason, fix: "Mend it: Argo CD applies nothing of it" } };
    }
    const built = await build(this.tree, source.folder, this.context, source.kustomization);
    if (!("output" in built)) return unbuilt(this.tree, built.made, built);
    const documents = kustomizedDocuments(built.output, source.folder, this.origins, document.file);
    return { documents, consumed: built.made.files.keys() };
  }

  /** Its Applications, which are made in their turn. */
  private async applicationSet(document: LocatedDocument): Promise<Made> {
    const made = applicationsOf(this.tree, this.known, document);
    return Array.isArray(made) ? { documents: made, consumed: [] } : nothing(made);
  }
}
