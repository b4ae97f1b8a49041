import { reasonOfUnseen } from "../../common/unseen";
import type { LocatedDocument, RenderGap } from "../manifests/document";
import { isRecord, memberAt, textAt } from "../manifests/shape";
import { otherCluster, suspended } from "./flux/kustomization";
import { chartOf, releaseNameOf, valuesOf } from "./flux/releases";
import { helmTemplate, type Release } from "./helm/chart";
import { isChart } from "./helm/chart-files";
import { helmfileReleases } from "./helm/helmfile";
import { helmChartValues, installsOf } from "./helm/installs";
import { lookedUp, withFailingLookups } from "./helm/lookups";
import { build } from "./kustomize/build";
import { forGo } from "./objects/go-yaml";
import { isInstalled } from "./objects/hooks";
import { identityOf, type ReferencedObjects } from "./objects/referenced-objects";
import { notRendered, type RenderResult, unknownInputs } from "./objects/renderable";
import { inNamespace, kustomizedDocuments, Origins } from "./objects/rendered";
import { filesBelow, type SourceTree } from "./repository/tree";
import type { RenderContext } from "./tools/context";

/** Renders everything that Helm installs: HelmReleases, HelmCharts, helmfiles, and bare charts. */
export class Releases {
  /** Folders of the charts that something in the tree installs. */
  readonly charts = new Set<string>();
  private readonly tree: SourceTree;

  constructor(
    private readonly origins: Origins,
    private readonly referenced: ReferencedObjects,
    private readonly context: RenderContext,
  ) {
    this.tree = origins.tree;
  }

  /** Renders a HelmRelease of Flux. */
  async release(document: LocatedDocument): Promise<RenderResult> {
    const identity = identityOf(document);
    const other = otherCluster(document);
    if (other !== undefined) return notRendered(other);
    const chart = chartOf(this.tree, this.referenced, document);
    const { values, unknown } = valuesOf(document, this.referenced);
    const spec = memberAt(document.value, ["spec"]);
    // Settings are read from the release later, so it gets the merged values that it is installed with.
    if (isRecord(document.value) && isRecord(spec)) document.value = { ...document.value, spec: { ...spec, values } };
    if ("missing" in chart) {
      if (chart.chart !== undefined) this.charts.add(chart.chart);
      return notRendered(chart);
    }
    const release: Release = {
      name: releaseNameOf(spec, identity?.name ?? "release"),
      namespace: textAt(spec, "targetNamespace") ?? identity?.namespace ?? "default",
      chart,
      values,
      ...(chart.valuesFiles !== undefined && { valuesFiles: chart.valuesFiles }),
      ...(memberAt(spec, ["install", "disableSchemaValidation"]) === true && { skipSchema: true }),
    };
    const result = await this.renderRelease(release, document, unknown);
    const renderers = memberAt(spec, ["postRenderers"]);
    const final =
      Array.isArray(renderers) && result.missing === undefined ? await this.postRendered(result, renderers) : result;
    const suspension = suspended(document);
    return suspension === undefined || final.missing !== undefined
      ? final
      : { ...final, unknown: final.unknown ?? suspension };
  }

  /** Applies a release's post-renderers with kustomize. The objects keep their positions in files. */
  async postRendered(result: RenderResult, renderers: readonly unknown[]): Promise<RenderResult> {
    let { documents } = result;
    for (const renderer of renderers) {
      const options = memberAt(renderer, ["kustomize"]);
      const unapplied = (reason: string): RenderResult => ({
        ...result,
        unknown: {
          reason: `one of its post-renderers is not applied: ${reason}`,
          fix: "Give the objects that the controller creates",
        },
      });
      if (!isRecord(options)) return unapplied("it does not use kustomize");
      const text = documents.map(({ value }) => forGo(value)).join("---\n");
      const built = await build(treeOf(text), postRenderer, this.context, {
        content: postKustomization(options),
      });
      if (!("output" in built)) return unapplied(reasonOfUnseen({ reason: built.missing, detail: built.detail }));
      const before = new Map(documents.map((document) => [identityKey(document), document]));
      documents = kustomizedDocuments(built.output, postRenderer, new Origins(treeOf(text)), "").map((document) => ({
        ...(before.get(identityKey(document)) ?? document),
        value: document.value,
      }));
    }
    return { ...result, documents };
  }

  /** Renders a bare chart with its default values. */
  chart(at: string, document: LocatedDocument): Promise<RenderResult> {
    return this.renderRelease(
      { name: chartNameOf(document, at), namespace: "default", chart: { at }, values: {} },
      document,
      [],
    );
  }

  /** Renders a HelmChart of K3s. */
  async helmChart(document: LocatedDocument): Promise<RenderResult> {
    const identity = identityOf(document);
    const spec = memberAt(document.value, ["spec"]);
    const [chart, content] = [textAt(spec, "chart"), textAt(spec, "chartContent")];
    if (chart === undefined && content === undefined)
      return notRendered({ missing: "it names no chart", fix: "Give the output of `helm template` too" });
    const [repository, version] = [textAt(spec, "repo"), textAt(spec, "version")];
    const config = this.referenced.find("HelmChartConfig", identity?.namespace ?? "default", identity?.name ?? "");
    const unknown = [document, config].flatMap((one) => {
      const secrets = memberAt(one?.value, ["spec", "valuesSecrets"]);
      return (Array.isArray(secrets) ? secrets : []).map((secret) => `Secret ${textAt(secret, "name") ?? ""}`);
    });
    const values = helmChartValues(document.value, config?.value);
    // If both are given, the controller uses the content.
    const from: Release["chart"] =
      content === undefined
        ? {
            chart: chart ?? "",
            ...(repository !== undefined && { repository }),
            ...(version !== undefined && { version }),
          }
        : { packed: Buffer.from(content, "base64") };
    const namespace = textAt(spec, "targetNamespace") ?? identity?.namespace ?? "default";
    return this.renderRelease({ name: identity?.name ?? "release", namespace, chart: from, values }, document, unknown);
  }

  /** Renders the releases of a helmfile. Each also becomes an object of its own, which holds its position and the outcome of rendering. */
  async helmfile(at: string, document: LocatedDocument): Promise<RenderResult> {
    const releases = helmfileReleases(this.tree, at, document);
    if (!Array.isArray(releases)) return notRendered(releases);
    const result = await Promise.all(
      releases.map(async ({ document: own, release, unknown }): Promise<RenderResult> => {
        const one = "missing" in release ? notRendered(release) : await this.renderRelease(release, own, unknown);
        return {
          ...one,
          documents: [{ ...own, rendered: one.missing ?? one.unknown ?? "complete" }, ...one.documents],
        };
      }),
    );
    return {
      documents: result.flatMap((one) => one.documents),
      consumed: [at, ...result.flatMap((one) => [...one.consumed])],
    };
  }

  /** The gap of a release whose templates look up objects in the cluster. Undefined if they do not, or if its controller looks up none either. */
  private async unknownLookups(release: Release, document: LocatedDocument): Promise<RenderGap | undefined> {
    const { chart, isTemplated = false } = release;
    const kinds = "at" in chart && !isTemplated ? lookedUp(this.tree, chart.at) : [];
    if (kinds.length === 0) return undefined;
    // A chart may have lookups that these values never reach, as Cilium's has. As it is, it renders.
    const failing = { ...release, edit: withFailingLookups };
    const rendered = await helmTemplate(failing, this.origins, document, this.context);
    if ("documents" in rendered) return undefined;
    return {
      reason: "its templates look up objects in the cluster, which are not known here",
      detail: kinds.join(", "),
      fix: "Give the output of `helm get manifest` too",
    };
  }

  /** Renders a release, and records on its document which charts it installs. */
  async renderRelease(release: Release, document: LocatedDocument, unknown: string[]): Promise<RenderResult> {
    const { chart, namespace } = release;
    const consumed: string[] = [];
    document.installs = [...(document.installs ?? []), ...installsOf(this.tree, release)];
    if ("at" in chart) {
      if (!isChart(this.tree, chart.at)) {
        return notRendered({
          missing: `${chart.at} is not a chart: it has no Chart.yaml`,
          fix: "Name the chart's folder",
        });
      }
      this.charts.add(chart.at);
      consumed.push(...filesBelow(this.tree, chart.at));
    }
    const inflated = await helmTemplate(release, this.origins, document, this.context);
    if ("missing" in inflated) {
      const also = unknown.length === 0 ? undefined : reasonOfUnseen(unknownInputs(unknown, "values"));
      const details = [inflated.detail, also].filter((one) => one !== undefined);
      return { ...notRendered({ ...inflated, ...(details.length > 0 && { detail: details.join("; ") }) }), consumed };
    }
    const final = document.isFinal === true && { isFinal: true as const };
    const documents = inflated.documents
      .filter(isInstalled)
      .map((one) => ({ ...inNamespace(one, namespace, false), ...final }));
    const outcome: RenderGap | undefined =
      unknown.length > 0 ? unknownInputs(unknown, "values") : await this.unknownLookups(release, document);
    return { documents, consumed, ...(outcome !== undefined && { unknown: outcome }) };
  }
}

/** The only folder of the tree that kustomize sees when it post-renders. */
const postRenderer = "post-renderer";

function treeOf(text: string): SourceTree {
  return {
    read: (at) => (at === `${postRenderer}/all.yaml` ? Buffer.from(text) : undefined),
    list: (at) => (at === postRenderer ? ["all.yaml"] : undefined),
    pathOf: () => undefined,
    displayName: (at) => at,
    inputFolders: [],
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

/** A valid release name for a chart that nothing here installs. */
function chartNameOf({ value }: LocatedDocument, at: string): string {
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
