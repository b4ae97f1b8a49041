import { mergeValues, valueAt } from "../../common/helm-values";
import { setValues } from "../../common/set-values";
import type { Installed } from "../manifests/document";
import { isRecord, memberAt } from "../manifests/shape";
import type { Release } from "./chart";
import { goYaml } from "./go-yaml";
import { kustomizationIn } from "./kustomization-files";
import { inside, joined, type SourceTree } from "./tree";

/**
 * The charts that a release installs, with their values: the chart itself and its dependencies, whose values are below their names. They are known
 * even where the chart itself is elsewhere.
 */
export function installsOf(tree: SourceTree, { chart, namespace, values, valuesFiles }: Release): Installed[] {
  if ("archive" in chart) return [];
  if (!("at" in chart)) return [{ chart: chart.chart, namespace, values }];
  const about = yamlAt(tree, inside(chart.at, "Chart.yaml"));
  const below = (valuesFiles ?? [inside(chart.at, "values.yaml")]).map((file) => yamlAt(tree, file));
  const all = mergeValues(...below, values);
  const own = typeof about?.name === "string" ? [{ chart: about.name, namespace, values: all }] : [];
  const dependencies = Array.isArray(about?.dependencies) ? about.dependencies.filter(isRecord) : [];
  return [
    ...own,
    ...dependencies.flatMap(({ name, alias, condition }): Installed[] => {
      const own = all[String(alias ?? name)];
      const conditions = typeof condition === "string" ? condition.split(",").map((path) => path.trim()) : [];
      // The first condition that is set decides.
      const said = conditions.map((path) => valueAt(all, path)).find((value) => typeof value === "boolean");
      if (typeof name !== "string" || said === false) return [];
      return [{ chart: name, namespace, values: isRecord(own) ? own : {} }];
    }),
  ];
}

/** The charts that a kustomization inflates with Helm, wherever they are. */
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
    // kustomize's default is `override`: inline values override those of files.
    const values = mergeValues(...(valuesMerge === "merge" ? [inline, ...files] : [...files, inline]));
    return [{ chart: name, values, ...(typeof namespace === "string" && { namespace }) }];
  });
}

/** The values of a K3s HelmChart. Its HelmChartConfig overrides them, and `set` overrides both. */
export function helmChartValues(chart: unknown, config: unknown): Record<string, unknown> {
  const content = (object: unknown) => {
    const text = memberAt(object, ["spec", "valuesContent"]);
    const structured = memberAt(object, ["spec", "values"]);
    return mergeValues(typeof text === "string" ? mapping(text) : undefined, isRecord(structured) ? structured : {});
  };
  const set = [chart, config].map((object) => memberAt(object, ["spec", "set"])).filter(isRecord);
  return set
    .flatMap((members) => Object.entries(members))
    .reduce<Record<string, unknown>>(
      (values, [name, value]) => {
        // Its controller passes text that looks like a number as text.
        const asText = typeof value === "string" && !/^(true|false|null)$/i.test(value);
        return setValues(values, `${name}=${String(value).replaceAll(",", "\\,")}`, asText);
      },
      mergeValues(content(chart), content(config)),
    );
}

function yamlAt(tree: SourceTree, at: string | undefined): Record<string, unknown> | undefined {
  const content = at === undefined ? undefined : tree.read(at);
  return content === undefined ? undefined : mapping(Buffer.from(content).toString("utf8"));
}

function mapping(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = goYaml(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
