import { createHash } from "node:crypto";
import { stringify } from "yaml";
import { dictionary } from "../../common/maps";
import { reasonOfUnseen } from "../../common/unseen";
import { isRecord, memberAt } from "../manifests/shape";
import { type LocatedDocument, type MadeOutcome, readYaml } from "../manifests/yaml";
import { applicationsOf } from "./application-set";
import { type ArgoSource, argoCluster, argoFiles, argoNamespace, argoNamespaceObject, argoSources } from "./argo";
import { inflate, isChart, type Release } from "./chart";
import type { RenderContext } from "./context";
import { chartOf, fluxKustomization, folderOfSource, valuesOf, variablesOf } from "./flux";
import { helmfileReleases } from "./helmfile";
import { helmChartValues, installsOf, kustomizedInstalls } from "./installs";
import { type KustomizationFiles, kustomizationFiles } from "./kustomization-files";
import { build } from "./kustomize";
import type { Missing } from "./missing";
import { identityOf, type Known } from "./objects";
import { inNamespace, kustomizedDocuments, Origins } from "./rendered";
import { substitute } from "./substitute";
import { filesBelow, type SourceTree } from "./tree";

/** Something that makes objects: a folder's kustomization, or an object of a controller. */
export interface Maker {
  kind: "kustomize" | "chart" | "helmfile" | "flux" | "release" | "helmchart" | "application" | "applicationset";
  /** The file of the tree that it stands in. */
  at: string;
  /** Of a kustomization or a chart. */
  folder?: string;
  document: LocatedDocument;
  /** How many makers made each other before it. Default 0. */
  depth?: number;
}

/** More than any repository has: Flux's own, clusters, areas, applications and their parts. */
const deepest = 8;

/** A part of the tree: folders with all that is in them, and files. */
export interface Area {
  folders: string[];
  files: ReadonlySet<string>;
}

/** What became of a maker. */
export interface Made {
  documents: LocatedDocument[];
  /** The files of the tree that are in the documents now. */
  consumed: Iterable<string>;
  /** Why there is nothing, or less than a controller would make. */
  missing?: MadeOutcome | undefined;
  /** Of what it depends on and nothing is known: its objects may be others. */
  unknown?: MadeOutcome | undefined;
}

const kinds = dictionary<Maker["kind"]>({
  "kustomize.toolkit.fluxcd.io/Kustomization": "flux",
  "helm.toolkit.fluxcd.io/HelmRelease": "release",
  "helm.cattle.io/HelmChart": "helmchart",
  "argoproj.io/Application": "application",
  "argoproj.io/ApplicationSet": "applicationset",
});

/** The makers among documents. */
export function makersOf(documents: readonly LocatedDocument[], at: string, depth = 0): Maker[] {
  return documents.flatMap((document): Maker[] => {
    const identity = identityOf(document);
    const kind = identity && kinds[`${identity.group}/${identity.kind}`];
    return kind === undefined ? [] : [{ kind, at, document, depth }];
  });
}

/** Makes what makers make, one set of files with each other. */
export class Rendering {
  /** Charts of the tree that something installs. */
  readonly charts = new Set<string>();
  private readonly tree: SourceTree;
  private cluster: string | undefined;

  constructor(
    readonly origins: Origins,
    private readonly known: Known,
    private readonly context: RenderContext,
  ) {
    this.tree = origins.tree;
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
    if (maker.kind !== "flux") return { folders: [], files: new Set() };
    const source = this.fluxFolder(maker.document);
    if (!("folder" in source)) return { folders: [], files: new Set() };
    const made = kustomizationFiles(this.tree, source.folder, this.fluxContent(source.folder, maker.document));
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
        return this.chart(maker.folder ?? "", maker.document);
      case "helmfile":
        return this.helmfile(maker.at, maker.document);
      case "flux":
        return this.flux(maker.document);
      case "release":
        return this.release(maker.document);
      case "helmchart":
        return this.helmChart(maker.document);
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
    return this.unbuilt(built.made, built);
  }

  private async flux(document: LocatedDocument): Promise<Made> {
    const source = this.fluxFolder(document);
    if (!("folder" in source)) return nothing(source);
    const { folder } = source;
    const content = this.fluxContent(folder, document);
    const given = variablesOf(document, this.known);
    const rewrite = (text: string) =>
      given === undefined || isNotSubstituted(text)
        ? text
        : substitute(text, given.variables, given.unknown.length > 0);
    const unknown: MadeOutcome | undefined =
      given === undefined || given.unknown.length === 0 ? undefined : unknownFrom(given.unknown, "variables");
    const built = await build(this.tree, folder, this.context, content, false);
    const made: Made =
      "output" in built
        ? {
            documents: kustomizedDocuments(built.output, folder, this.origins, document.file, rewrite),
            consumed: built.made.files.keys(),
          }
        : this.unbuilt(built.made, built, rewrite);
    return { ...made, ...(unknown !== undefined && made.missing === undefined && { unknown }) };
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

  private async release(document: LocatedDocument): Promise<Made> {
    const identity = identityOf(document);
    const chart = chartOf(this.tree, this.known, document);
    const { values, unknown } = valuesOf(document, this.known);
    const spec = memberAt(document.value, ["spec"]);
    // What other parts of meshfence read of a release is what it is installed with.
    if (isRecord(document.value) && isRecord(spec)) document.value = { ...document.value, spec: { ...spec, values } };
    if ("missing" in chart) return nothing(chart);
    const target = textOf(spec, "targetNamespace");
    const name = identity?.name ?? "release";
    const release: Release = {
      name: textOf(spec, "releaseName") ?? (target === undefined ? name : `${target}-${name}`),
      namespace: target ?? identity?.namespace ?? "default",
      chart,
      values,
    };
    const made = await this.inflated(release, document, unknown);
    const renderers = memberAt(spec, ["postRenderers"]);
    return Array.isArray(renderers) && made.missing === undefined ? this.postRendered(made, renderers) : made;
  }

  /** What kustomize makes of a release's objects, each at the place that it had. */
  private async postRendered(made: Made, renderers: readonly unknown[]): Promise<Made> {
    let { documents } = made;
    for (const renderer of renderers) {
      const options = memberAt(renderer, ["kustomize"]);
      const unapplied = (reason: string): Made => ({
        ...made,
        unknown: {
          reason: `a post-renderer of it is not applied: ${reason}`,
          fix: "Give what the controller makes of it",
        },
      });
      if (!isRecord(options)) return unapplied("it is none of kustomize");
      const text = documents.map(({ value }) => stringify(value, { aliasDuplicateObjects: false })).join("---\n");
      const built = await build(treeOf(text), postRenderer, this.context, postKustomization(options));
      if (!("output" in built)) return unapplied(built.missing);
      const before = new Map(documents.map((document) => [identityKey(document), document]));
      documents = kustomizedDocuments(built.output, postRenderer, new Origins(treeOf(text)), "").map((document) => ({
        ...(before.get(identityKey(document)) ?? document),
        value: document.value,
      }));
    }
    return { ...made, documents };
  }

  private chart(at: string, document: LocatedDocument): Promise<Made> {
    return this.inflated(
      { name: releaseNameOf(document, at), namespace: "default", chart: { at }, values: {} },
      document,
      [],
    );
  }

  private async helmChart(document: LocatedDocument): Promise<Made> {
    const identity = identityOf(document);
    const spec = memberAt(document.value, ["spec"]);
    const chart = textOf(spec, "chart");
    if (chart === undefined)
      return nothing({ missing: "it names no chart", fix: "Give the output of `helm template` too" });
    const [repository, version] = [textOf(spec, "repo"), textOf(spec, "version")];
    const config = this.known.find("HelmChartConfig", identity?.namespace ?? "default", identity?.name ?? "");
    const values = helmChartValues(document.value, config?.value);
    const remote = {
      chart,
      ...(repository !== undefined && { repository }),
      ...(version !== undefined && { version }),
    };
    const namespace = textOf(spec, "targetNamespace") ?? identity?.namespace ?? "default";
    return this.inflated({ name: identity?.name ?? chart, namespace, chart: remote, values }, document, []);
  }

  /** Its releases, each with an object that says where it stands and what became of it. */
  private async helmfile(at: string, document: LocatedDocument): Promise<Made> {
    const releases = helmfileReleases(this.tree, at, document);
    if (!Array.isArray(releases)) return nothing(releases);
    const made = await Promise.all(
      releases.map(async ({ document: own, release, unknown }): Promise<Made> => {
        const one = "missing" in release ? nothing(release) : await this.inflated(release, own, unknown);
        return { ...one, documents: [{ ...own, made: one.missing ?? one.unknown ?? "seen" }, ...one.documents] };
      }),
    );
    return {
      documents: made.flatMap((one) => one.documents),
      consumed: [at, ...made.flatMap((one) => [...one.consumed])],
    };
  }

  private async inflated(release: Release, document: LocatedDocument, unknown: string[]): Promise<Made> {
    const { chart, namespace } = release;
    const consumed: string[] = [];
    document.installs = [...(document.installs ?? []), ...installsOf(this.tree, release)];
    if ("at" in chart) {
      if (!isChart(this.tree, chart.at)) {
        return nothing({ missing: `${chart.at} is not a chart: it has no Chart.yaml`, fix: "Name the chart's folder" });
      }
      this.charts.add(chart.at);
      consumed.push(...filesBelow(this.tree, chart.at));
    }
    const inflated = await inflate(release, this.origins, document, this.context);
    if ("missing" in inflated) {
      const also = unknown.length === 0 ? undefined : reasonOfUnseen(unknownFrom(unknown, "values"));
      const details = [inflated.detail, also].filter((one) => one !== undefined);
      return { ...nothing({ ...inflated, ...(details.length > 0 && { detail: details.join("; ") }) }), consumed };
    }
    const documents = inflated.documents.map((one) => inNamespace(one, namespace, false));
    const outcome: MadeOutcome | undefined = unknown.length > 0 ? unknownFrom(unknown, "values") : undefined;
    return { documents, consumed, ...(outcome !== undefined && { unknown: outcome }) };
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
      made.documents.push(...part.documents.map((one) => inNamespace(one, namespace, false)));
      consumed.push(...part.consumed);
      made.missing ??= part.missing;
      made.unknown ??= part.unknown;
    }
    return { ...made, consumed };
  }

  private async argoPart(source: ArgoSource, document: LocatedDocument): Promise<Made> {
    if ("missing" in source) return nothing(source);
    if ("release" in source) return this.inflated(source.release, document, []);
    if ("files" in source) {
      const documents = source.files.flatMap((file) => this.origins.documents(file).map((one) => ({ ...one })));
      return { documents, consumed: source.files };
    }
    const built = await build(this.tree, source.folder, this.context, source.kustomization);
    if (!("output" in built)) return this.unbuilt(built.made, built);
    const documents = kustomizedDocuments(built.output, source.folder, this.origins, document.file);
    return { documents, consumed: built.made.files.keys() };
  }

  /** Its Applications, which are made in their turn. */
  private async applicationSet(document: LocatedDocument): Promise<Made> {
    const made = applicationsOf(this.tree, this.known, document);
    return Array.isArray(made) ? { documents: made, consumed: [] } : nothing(made);
  }

  /** Its manifests as they stand, in its namespace. That is all of it where a kustomization does nothing else. */
  private unbuilt(
    { resources, files, changes, refused, remote, charts }: KustomizationFiles,
    missing: Missing & { failed?: true },
    rewrite: (text: string) => string = (text) => text,
  ): Made {
    const documents = resources.flatMap(({ file, namespace }) => {
      const text = Buffer.from(files.get(file) ?? []).toString("utf8");
      return readYaml(rewrite(text), this.tree.show(file)).documents.map((one) => inNamespace(one, namespace, true));
    });
    const whole =
      resources.length > 0 &&
      missing.failed !== true &&
      !changes &&
      !charts &&
      refused.length === 0 &&
      remote.length === 0;
    return {
      documents,
      consumed: files.keys(),
      ...(!whole && { missing: { reason: missing.missing, fix: missing.fix } }),
    };
  }
}

/** A folder of its own, which holds nothing but what was rendered before. */
const postRenderer = "post-renderer";

function treeOf(text: string): SourceTree {
  return {
    read: (at) => (at === `${postRenderer}/all.yaml` ? Buffer.from(text) : undefined),
    list: (at) => (at === postRenderer ? ["all.yaml"] : undefined),
    pathOf: () => undefined,
    show: (at) => at,
    named: [],
    addresses: [],
  };
}

function postKustomization({
  patches,
  patchesStrategicMerge: merges,
  patchesJson6902,
  images,
}: Record<string, unknown>) {
  return {
    apiVersion: "kustomize.config.k8s.io/v1beta1",
    kind: "Kustomization",
    resources: ["all.yaml"],
    ...(patches !== undefined && { patches }),
    ...(patchesJson6902 !== undefined && { patchesJson6902 }),
    ...(images !== undefined && { images }),
    ...(Array.isArray(merges) && { patchesStrategicMerge: merges.map((patch) => `${JSON.stringify(patch)}\n`) }),
  };
}

const identityKey = (document: LocatedDocument): string => JSON.stringify(identityOf(document));

const nothing = ({ missing, detail, fix }: Missing): Made => ({
  documents: [],
  consumed: [],
  missing: { reason: missing, detail, fix },
});

const unknownFrom = (sources: readonly string[], what: string): MadeOutcome => ({
  reason: `some of its ${what} are not known`,
  detail: `those from ${[...new Set(sources)].join(", ")}`,
  fix: "Give those, if they are no secret",
});

const textOf = (value: unknown, member: string): string | undefined => {
  const found = memberAt(value, [member]);
  return typeof found === "string" && found !== "" ? found : undefined;
};

const isNotSubstituted = (text: string) => /kustomize\.toolkit\.fluxcd\.io\/substitute: ["']?disabled/.test(text);

/** What `helm template` calls a release of a chart that nobody installs here. */
function releaseNameOf({ value }: LocatedDocument, at: string): string {
  const name = memberAt(value, ["name"]);
  const text = typeof name === "string" ? name : (at.split("/").at(-1) ?? "release");
  return (
    text
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]/g, "-")
      .replaceAll(/^-+|-+$/g, "")
      .slice(0, 53) || "release"
  );
}
