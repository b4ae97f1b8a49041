import { parse } from "yaml";
import { mergeValues, valueTree } from "../../../common/helm-values";
import type { Path } from "../../../common/problem";
import { type LocatedDocument, within } from "../document";
import { helmfileValues, isHelmfileName } from "../helmfile";
import { groupOf } from "../kinds";
import { describeObject, type KubernetesObject } from "../objects";
import { isRecord, memberAt } from "../shape";
import { isFleetFile } from "../unseen-bundles";
import { isPlaceholder, type SettingsSource } from "./setting-value";

/**
 * The values of a chart's releases: in a plan, of Flux, Argo CD and K3s, in a kustomization or a helmfile, and from a chart in the repository that
 * depends on it.
 */
export function valuesOfChart(
  chart: string,
  objects: readonly KubernetesObject[],
  documents: readonly LocatedDocument[],
): SettingsSource[] {
  return [
    ...documents.flatMap((document) => [
      ...inPlan(document, chart),
      ...inHelmfile(document, chart, documents),
      ...inFolder(document, chart),
      ...inFleet(document, chart),
    ]),
    // For a chart that the distribution bundles, such as RKE2's Cilium, a repository has only this.
    ...objects.flatMap((object) => inHelmChartConfig(object, chart)),
    ...objects.flatMap((object) => installed(object, chart) ?? inObject(object, chart)),
  ];
}

function inPlan(document: LocatedDocument, chart: string): SettingsSource[] {
  const { value } = document;
  if (!isRecord(value) || !Array.isArray(value.resources)) return [];
  return value.resources.flatMap((resource, index) => {
    const inputs = isRecord(resource) && isRecord(resource.inputs) ? resource.inputs : {};
    if (!isChart(inputs.chart, chart) || !isRecord(inputs.values)) return [];
    const name = isRecord(resource) && typeof resource.name === "string" ? resource.name : chart;
    const path = ["resources", index, "inputs", "values"];
    const place = namespaceIn(inputs.namespace);
    return [
      { object: `Release ${name}`, document: within(document, [], value), path, values: inputs.values, ...place },
    ];
  });
}

/** The charts that a kustomization or a chart installs, as found by rendering. Neither is an object with a name. */
function inFolder(document: LocatedDocument, chart: string): SettingsSource[] {
  const { value, installs = [] } = document;
  if (!isRecord(value) || isRecord(value.metadata)) return [];
  return installs
    .filter((one) => isChart(one.chart, chart))
    .map(({ values, namespace }) => ({
      object: `${typeof value.kind === "string" ? value.kind : "Chart"} of ${chart}`,
      document,
      path: [],
      values: { ...values },
      ...namespaceIn(namespace),
    }));
}

function inFleet(document: LocatedDocument, chart: string): SettingsSource[] {
  const { value, file } = document;
  const helm = memberAt(value, ["helm"]);
  if (!isFleetFile(file) || !isRecord(helm) || !isChart(helm.chart, chart) || !isRecord(helm.values)) return [];
  const namespace = memberAt(value, ["namespace"]) ?? memberAt(value, ["defaultNamespace"]);
  return [
    {
      object: `Fleet bundle of ${chart}`,
      document,
      path: ["helm", "values"],
      values: helm.values,
      ...namespaceIn(namespace),
    },
  ];
}

/** The chart's values in what an object installs, as found by rendering. Undefined if it was not rendered. */
function installed(object: KubernetesObject, chart: string): SettingsSource[] | undefined {
  const { document } = object;
  return document.installs
    ?.filter((one) => isChart(one.chart, chart))
    .map(({ values, namespace }) => ({
      object: describeObject(object),
      document,
      path: ["spec"],
      values: { ...values },
      ...namespaceIn(namespace),
    }));
}

function inHelmChartConfig(object: KubernetesObject, chart: string): SettingsSource[] {
  const isConfig = `${groupOf(object.apiVersion)}/${object.kind}` === "helm.cattle.io/HelmChartConfig";
  if (!isConfig || object.name.replace(/^rke2-/, "") !== chart) return [];
  const path = ["spec", "valuesContent"];
  return [
    { object: describeObject(object), document: object.document, path, values: parsed(memberAt(object.value, path)) },
  ];
}

/** The releases of a helmfile, with values from it and from the files that it names. */
function inHelmfile(document: LocatedDocument, chart: string, documents: readonly LocatedDocument[]): SettingsSource[] {
  const { file, value } = document;
  if (!isHelmfileName(file) || !isRecord(value) || !Array.isArray(value.releases)) return [];
  const folder = file.slice(0, file.search(/[^\\/:]*$/));
  const read = (name: string) => {
    const at = `${folder}${name.replace(/^\.\//, "")}`;
    const named = documents.find((other) => other.file === at)?.value;
    return isRecord(named) ? named : undefined;
  };
  return value.releases.flatMap((release: unknown, index): SettingsSource[] => {
    if (!isRecord(release) || !isChart(release.chart, chart)) return [];
    const { values } = helmfileValues(release, read);
    const name = typeof release.name === "string" ? release.name : chart;
    const path = ["releases", index];
    return [{ object: `release ${name}`, document, path, values, ...namespaceIn(release.namespace) }];
  });
}

/** The first namespace that is given. */
function namespaceIn(...said: readonly unknown[]): { namespace?: string } {
  const namespace = said.find((one) => typeof one === "string" && one !== "" && !isPlaceholder(one));
  return typeof namespace === "string" ? { namespace } : {};
}

/** Whether a name is a chart's: the name itself, the end of an address, or an archive. */
function isChart(name: unknown, chart: string): boolean {
  if (typeof name !== "string") return false;
  return (
    name
      .split("/")
      .at(-1)
      ?.replace(/-v?\d[\w.+-]*\.tgz$/, "") === chart
  );
}

function inObject(object: KubernetesObject, chart: string): SettingsSource[] {
  const { value, document } = object;
  const sourceAt = (values: Record<string, unknown>, path: Path, namespace: unknown): SettingsSource => ({
    object: describeObject(object),
    document,
    path,
    values,
    ...namespaceIn(namespace, object.kind === "Application" ? undefined : object.namespace),
  });
  switch (`${groupOf(object.apiVersion)}/${object.kind}`) {
    case "helm.toolkit.fluxcd.io/HelmRelease": {
      const named = memberAt(value, ["spec", "chart", "spec", "chart"]);
      // Most repositories name the source of a chartRef like its chart.
      const isIt =
        named === undefined ? isChart(memberAt(value, ["spec", "chartRef", "name"]), chart) : isChart(named, chart);
      const values = memberAt(value, ["spec", "values"]);
      return isIt && isRecord(values)
        ? [sourceAt(values, ["spec", "values"], memberAt(value, ["spec", "targetNamespace"]))]
        : [];
    }
    // A release of a helmfile, see `helmfile.ts`.
    case "helmfile/Release": {
      const values = memberAt(value, ["spec", "values"]);
      if (!isChart(memberAt(value, ["spec", "chart"]), chart) || !isRecord(values)) return [];
      return [sourceAt(values, ["values"], undefined)];
    }
    case "helm.cattle.io/HelmChart": {
      const text = memberAt(value, ["spec", "valuesContent"]);
      if (!isChart(memberAt(value, ["spec", "chart"]), chart)) return [];
      return [sourceAt(parsed(text), ["spec", "valuesContent"], memberAt(value, ["spec", "targetNamespace"]))];
    }
    case "cilium.io/CiliumConfig": {
      // Cilium's operator for OpenShift: the whole spec is the chart's values.
      return chart === "cilium" && isRecord(value.spec) ? [sourceAt(value.spec, ["spec"], undefined)] : [];
    }
    case "argoproj.io/Application": {
      const several = memberAt(value, ["spec", "sources"]);
      const one = memberAt(value, ["spec", "source"]);
      const sources: [unknown, Path][] = [
        [one, ["spec", "source"]],
        ...(Array.isArray(several) ? several : []).map((source, at): [unknown, Path] => [
          source,
          ["spec", "sources", at],
        ]),
      ];
      return sources.flatMap(([source, path]) =>
        isRecord(source) && isChart(source.chart, chart)
          ? [
              sourceAt(
                argoValues(source.helm),
                [...path, "helm"],
                memberAt(value, ["spec", "destination", "namespace"]),
              ),
            ]
          : [],
      );
    }
    default:
      return [];
  }
}

/** The values that Argo CD passes to Helm: parameters override values, and `valuesObject` overrides `values`. */
function argoValues(helm: unknown): Record<string, unknown> {
  if (!isRecord(helm)) return {};
  const parameters = (Array.isArray(helm.parameters) ? helm.parameters : [])
    .filter(isRecord)
    .map(({ name, value }) => (typeof name === "string" ? valueTree(name, parsedScalar(value)) : {}));
  const values = isRecord(helm.valuesObject) ? helm.valuesObject : parsed(helm.values);
  return mergeValues(values, ...parameters);
}

/** Parses a value like `--set`, which reads `true` as a boolean. */
function parsedScalar(value: unknown): unknown {
  return value === "true" ? true : value === "false" ? false : value;
}

function parsed(text: unknown): Record<string, unknown> {
  if (typeof text !== "string") return {};
  try {
    const value: unknown = parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
