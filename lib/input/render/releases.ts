import { reasonOfUnseen } from "../../common/unseen";
import type { LocatedDocument, MadeOutcome } from "../manifests/document";
import { isRecord, memberAt } from "../manifests/shape";
import { inflate, type Release } from "./chart";
import { isChart } from "./chart-files";
import type { RenderContext } from "./context";
import { elsewhere, suspended } from "./flux";
import { chartOf, releaseNameOf, valuesOf } from "./flux-releases";
import { forGo } from "./go-yaml";
import { helmfileReleases } from "./helmfile";
import { isInstalled } from "./hooks";
import { helmChartValues, installsOf } from "./installs";
import { build } from "./kustomize";
import { type Made, nothing, textOf, unknownFrom } from "./makers";
import { identityOf, type Known } from "./objects";
import { inNamespace, kustomizedDocuments, Origins } from "./rendered";
import { filesBelow, type SourceTree } from "./tree";

/** Makes what Helm makes: of HelmReleases, HelmCharts, helmfiles, and charts as they stand. */
export class Releases {
  /** Charts of the tree that something installs. */
  readonly charts = new Set<string>();
  private readonly tree: SourceTree;

  constructor(
    private readonly origins: Origins,
    private readonly known: Known,
    private readonly context: RenderContext,
  ) {
    this.tree = origins.tree;
  }

  async release(document: LocatedDocument): Promise<Made> {
    const identity = identityOf(document);
    const other = elsewhere(document);
    if (other !== undefined) return nothing(other);
    const chart = chartOf(this.tree, this.known, document);
    const { values, unknown } = valuesOf(document, this.known);
    const spec = memberAt(document.value, ["spec"]);
    // What other parts of meshfence read of a release is what it is installed with.
    if (isRecord(document.value) && isRecord(spec)) document.value = { ...document.value, spec: { ...spec, values } };
    if ("missing" in chart) {
      if (chart.chart !== undefined) this.charts.add(chart.chart);
      return nothing(chart);
    }
    const release: Release = {
      name: releaseNameOf(spec, identity?.name ?? "release"),
      namespace: textOf(spec, "targetNamespace") ?? identity?.namespace ?? "default",
      chart,
      values,
      ...(chart.valuesFiles !== undefined && { valuesFiles: chart.valuesFiles }),
    };
    const made = await this.inflated(release, document, unknown);
    const renderers = memberAt(spec, ["postRenderers"]);
    const done =
      Array.isArray(renderers) && made.missing === undefined ? await this.postRendered(made, renderers) : made;
    const held = suspended(document);
    return held === undefined || done.missing !== undefined ? done : { ...done, unknown: done.unknown ?? held };
  }

  /** What kustomize makes of a release's objects, each at the place that it had. */
  async postRendered(made: Made, renderers: readonly unknown[]): Promise<Made> {
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
      const text = documents.map(({ value }) => forGo(value)).join("---\n");
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

  chart(at: string, document: LocatedDocument): Promise<Made> {
    return this.inflated(
      { name: chartNameOf(document, at), namespace: "default", chart: { at }, values: {} },
      document,
      [],
    );
  }

  async helmChart(document: LocatedDocument): Promise<Made> {
    const identity = identityOf(document);
    const spec = memberAt(document.value, ["spec"]);
    const chart = textOf(spec, "chart");
    if (chart === undefined)
      return nothing({ missing: "it names no chart", fix: "Give the output of `helm template` too" });
    const [repository, version] = [textOf(spec, "repo"), textOf(spec, "version")];
    const config = this.known.find("HelmChartConfig", identity?.namespace ?? "default", identity?.name ?? "");
    const unknown = [document, config].flatMap((one) => {
      const secrets = memberAt(one?.value, ["spec", "valuesSecrets"]);
      return (Array.isArray(secrets) ? secrets : []).map((secret) => `Secret ${textOf(secret, "name") ?? ""}`);
    });
    const values = helmChartValues(document.value, config?.value);
    const remote = {
      chart,
      ...(repository !== undefined && { repository }),
      ...(version !== undefined && { version }),
    };
    const namespace = textOf(spec, "targetNamespace") ?? identity?.namespace ?? "default";
    return this.inflated({ name: identity?.name ?? chart, namespace, chart: remote, values }, document, unknown);
  }

  /** Its releases, each with an object that says where it stands and what became of it. */
  async helmfile(at: string, document: LocatedDocument): Promise<Made> {
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

  async inflated(release: Release, document: LocatedDocument, unknown: string[]): Promise<Made> {
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
    const documents = inflated.documents.filter(isInstalled).map((one) => inNamespace(one, namespace, false));
    const outcome: MadeOutcome | undefined = unknown.length > 0 ? unknownFrom(unknown, "values") : undefined;
    return { documents, consumed, ...(outcome !== undefined && { unknown: outcome }) };
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

/** What `helm template` calls a release of a chart that nobody installs here. */
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
