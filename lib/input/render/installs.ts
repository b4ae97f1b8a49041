import { parse } from "yaml";
import { mergeValues, valueAt } from "../../common/helm-values";
import { isRecord, memberAt } from "../manifests/shape";
import type { Installed } from "../manifests/yaml";
import type { Release } from "./chart";
import { kustomizationIn } from "./kustomization-files";
import { inside, joined, type SourceTree } from "./tree";

/**
 * The charts that a release installs, each with its values: its own, and those that its own depends on, whose values stand below their names.
 * They are known although a chart itself may be elsewhere.
 */
export function installsOf(tree: SourceTree, { chart, namespace, values }: Release): Installed[] {
  if ("archive" in chart) return [];
  if (!("at" in chart)) return [{ chart: chart.chart, namespace, values }];
  const about = yamlAt(tree, inside(chart.at, "Chart.yaml"));
  const all = mergeValues(yamlAt(tree, inside(chart.at, "values.yaml")), values);
  const own = typeof about?.name === "string" ? [{ chart: about.name, namespace, values: all }] : [];
  const dependencies = Array.isArray(about?.dependencies) ? about.dependencies.filter(isRecord) : [];
  return [
    ...own,
    ...dependencies.flatMap(({ name, alias, condition }): Installed[] => {
      const below = all[String(alias ?? name)];
      const conditions = typeof condition === "string" ? condition.split(",").map((path) => path.trim()) : [];
      // The first of them that is there decides.
      const said = conditions.map((path) => valueAt(all, path)).find((value) => typeof value === "boolean");
      if (typeof name !== "string" || said === false) return [];
      return [{ chart: name, namespace, values: isRecord(below) ? below : {} }];
    }),
  ];
}

/** The charts that a kustomization has Helm inflate, whether they are here or not. */
export function kustomizedInstalls(tree: SourceTree, folder: string): Installed[] {
  const file = kustomizationIn(tree, folder);
  const charts = file === undefined ? undefined : yamlAt(tree, file)?.helmCharts;
  return (Array.isArray(charts) ? charts : []).filter(isRecord).flatMap((one): Installed[] => {
    const { name, namespace, valuesFile, additionalValuesFiles, valuesInline, valuesMerge } = one;
    if (typeof name !== "string") return [];
    const files = [valuesFile, ...(Array.isArray(additionalValuesFiles) ? additionalValuesFiles : [])].map((path) =>
      typeof path === "string" ? yamlAt(tree, joined(folder, path)) : undefined,
    );
    const inline = isRecord(valuesInline) ? valuesInline : {};
    // kustomize's default is `override`: what stands inline is above the file.
    const values = mergeValues(...(valuesMerge === "merge" ? [inline, ...files] : [...files, inline]));
    return [{ chart: name, values, ...(typeof namespace === "string" && { namespace }) }];
  });
}

/** The values of K3s's HelmChart, below those of the HelmChartConfig of its name, and those below `set`. */
export function helmChartValues(chart: unknown, config: unknown): Record<string, unknown> {
  const content = (object: unknown) => {
    const text = memberAt(object, ["spec", "valuesContent"]);
    return typeof text === "string" ? mapping(text) : undefined;
  };
  const set = [chart, config].map((object) => memberAt(object, ["spec", "set"])).filter(isRecord);
  const trees = set
    .flatMap((members) => Object.entries(members))
    .map(([name, value]) =>
      name.split(/(?<!\\)\./).reduceRight<unknown>((inner, key) => ({ [key.replaceAll("\\.", ".")]: inner }), value),
    );
  return mergeValues(content(chart), content(config), ...trees.filter(isRecord));
}

function yamlAt(tree: SourceTree, at: string | undefined): Record<string, unknown> | undefined {
  const content = at === undefined ? undefined : tree.read(at);
  return content === undefined ? undefined : mapping(Buffer.from(content).toString("utf8"));
}

function mapping(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = parse(text, { version: "1.1" });
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
