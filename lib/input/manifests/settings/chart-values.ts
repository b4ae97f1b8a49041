import { parse } from "yaml";
import { mergeValues, valueTree } from "../../../common/helm-values";
import type { Path } from "../../../common/problem";
import { type LocatedDocument, within } from "../document";
import { helmfileValues, isHelmfileName } from "../helmfile";
import { describeObject, groupOf, type KubernetesObject } from "../objects";
import { isRecord, memberAt } from "../shape";
import { isFleetFile } from "../unseen-bundles";
import { isPlaceholder, type Speaker } from "./said";

/**
 * What releases of a chart are given as values: those of a plan, of Flux, of Argo CD and of K3s, of a kustomization, of a helmfile, and of a chart of
 * the repository that depends on it.
 */
export function valuesOfChart(
  chart: string,
  objects: readonly KubernetesObject[],
  documents: readonly LocatedDocument[],
): Speaker[] {
  return [
    ...documents.flatMap((document) => [
      ...inPlan(document, chart),
      ...inHelmfile(document, chart, documents),
      ...inFolder(document, chart),
      ...inFleet(document, chart),
    ]),
    // Of a chart that the distribution brings, such as RKE2's Cilium, a repository has no more than this.
    ...objects.flatMap((object) => inHelmChartConfig(object, chart)),
    ...objects.flatMap((object) => installed(object, chart) ?? inObject(object, chart)),
  ];
}

function inPlan(document: LocatedDocument, chart: string): Speaker[] {
  const { value } = document;
  if (!isRecord(value) || !Array.isArray(value.resources)) return [];
  return value.resources.flatMap((resource, index) => {
    const inputs = isRecord(resource) && isRecord(resource.inputs) ? resource.inputs : {};
    if (!isOf(inputs.chart, chart) || !isRecord(inputs.values)) return [];
    const name = isRecord(resource) && typeof resource.name === "string" ? resource.name : chart;
    const path = ["resources", index, "inputs", "values"];
    const place = namespaceIn(inputs.namespace);
    return [
      { object: `Release ${name}`, document: within(document, [], value), path, values: inputs.values, ...place },
    ];
  });
}

/** A kustomization or a chart, which are no objects with a name: what rendering found that they install. */
function inFolder(document: LocatedDocument, chart: string): Speaker[] {
  const { value, installs = [] } = document;
  if (!isRecord(value) || isRecord(value.metadata)) return [];
  return installs
    .filter((one) => isOf(one.chart, chart))
    .map(({ values, namespace }) => ({
      object: `${typeof value.kind === "string" ? value.kind : "Chart"} of ${chart}`,
      document,
      path: [],
      values: { ...values },
      ...namespaceIn(namespace),
    }));
}

function inFleet(document: LocatedDocument, chart: string): Speaker[] {
  const { value, file } = document;
  const helm = memberAt(value, ["helm"]);
  if (!isFleetFile(file) || !isRecord(helm) || !isOf(helm.chart, chart) || !isRecord(helm.values)) return [];
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

/** What rendering found that an object installs; undefined where nobody has looked. */
function installed(object: KubernetesObject, chart: string): Speaker[] | undefined {
  const { document } = object;
  return document.installs
    ?.filter((one) => isOf(one.chart, chart))
    .map(({ values, namespace }) => ({
      object: describeObject(object),
      document,
      path: ["spec"],
      values: { ...values },
      ...namespaceIn(namespace),
    }));
}

function inHelmChartConfig(object: KubernetesObject, chart: string): Speaker[] {
  const isConfig = `${groupOf(object.apiVersion)}/${object.kind}` === "helm.cattle.io/HelmChartConfig";
  if (!isConfig || object.name.replace(/^rke2-/, "") !== chart) return [];
  const path = ["spec", "valuesContent"];
  return [
    { object: describeObject(object), document: object.document, path, values: parsed(memberAt(object.value, path)) },
  ];
}

/** Releases of a helmfile, with the values that stand in it and in the files that it names. */
function inHelmfile(document: LocatedDocument, chart: string, documents: readonly LocatedDocument[]): Speaker[] {
  const { file, value } = document;
  if (!isHelmfileName(file) || !isRecord(value) || !Array.isArray(value.releases)) return [];
  const folder = file.slice(0, file.search(/[^\\/:]*$/));
  const read = (name: string) => {
    const at = `${folder}${name.replace(/^\.\//, "")}`;
    const named = documents.find((other) => other.file === at)?.value;
    return isRecord(named) ? named : undefined;
  };
  return value.releases.flatMap((release: unknown, index): Speaker[] => {
    if (!isRecord(release) || !isOf(release.chart, chart)) return [];
    const { values } = helmfileValues(release, read);
    const name = typeof release.name === "string" ? release.name : chart;
    const path = ["releases", index];
    return [{ object: `release ${name}`, document, path, values, ...namespaceIn(release.namespace) }];
  });
}

/** The first that is said. */
function namespaceIn(...said: readonly unknown[]): { namespace?: string } {
  const namespace = said.find((one) => typeof one === "string" && one !== "" && !isPlaceholder(one));
  return typeof namespace === "string" ? { namespace } : {};
}

/** A chart is named alone, as part of a repository's address, or as an archive. */
function isOf(name: unknown, chart: string): boolean {
  if (typeof name !== "string") return false;
  return (
    name
      .split("/")
      .at(-1)
      ?.replace(/-v?\d[\w.+-]*\.tgz$/, "") === chart
  );
}

function inObject(object: KubernetesObject, chart: string): Speaker[] {
  const { value, document } = object;
  const said = (values: Record<string, unknown>, path: Path, namespace: unknown): Speaker => ({
    object: describeObject(object),
    document,
    path,
    values,
    ...namespaceIn(namespace, object.kind === "Application" ? undefined : object.namespace),
  });
  switch (`${groupOf(object.apiVersion)}/${object.kind}`) {
    case "helm.toolkit.fluxcd.io/HelmRelease": {
      const named = memberAt(value, ["spec", "chart", "spec", "chart"]);
      // What a chartRef leads to is called as its chart is, in most repositories.
      const isIt =
        named === undefined ? isOf(memberAt(value, ["spec", "chartRef", "name"]), chart) : isOf(named, chart);
      const values = memberAt(value, ["spec", "values"]);
      return isIt && isRecord(values)
        ? [said(values, ["spec", "values"], memberAt(value, ["spec", "targetNamespace"]))]
        : [];
    }
    // One that a helmfile has, see `helmfile.ts`.
    case "helmfile/Release": {
      const values = memberAt(value, ["spec", "values"]);
      if (!isOf(memberAt(value, ["spec", "chart"]), chart) || !isRecord(values)) return [];
      return [said(values, ["values"], undefined)];
    }
    case "helm.cattle.io/HelmChart": {
      const text = memberAt(value, ["spec", "valuesContent"]);
      if (!isOf(memberAt(value, ["spec", "chart"]), chart)) return [];
      return [said(parsed(text), ["spec", "valuesContent"], memberAt(value, ["spec", "targetNamespace"]))];
    }
    case "cilium.io/CiliumConfig": {
      // What Cilium's operator for OpenShift takes: its whole spec is the chart's values.
      return chart === "cilium" && isRecord(value.spec) ? [said(value.spec, ["spec"], undefined)] : [];
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
        isRecord(source) && isOf(source.chart, chart)
          ? [said(argoValues(source.helm), [...path, "helm"], memberAt(value, ["spec", "destination", "namespace"]))]
          : [],
      );
    }
    default:
      return [];
  }
}

/** As Argo CD gives them to Helm: parameters over values, and of those the object over the text. */
function argoValues(helm: unknown): Record<string, unknown> {
  if (!isRecord(helm)) return {};
  const parameters = (Array.isArray(helm.parameters) ? helm.parameters : [])
    .filter(isRecord)
    .map(({ name, value }) => (typeof name === "string" ? valueTree(name, parsedScalar(value)) : {}));
  const values = isRecord(helm.valuesObject) ? helm.valuesObject : parsed(helm.values);
  return mergeValues(values, ...parameters);
}

/** `--set` reads `true` and `1` as YAML does. */
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
