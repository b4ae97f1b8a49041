import { mergeValues, valueAt } from "../../../common/helm-values";
import { setValues } from "../../../common/set-values";
import type { Installed } from "../../manifests/document";
import { isRecord, memberAt } from "../../manifests/shape";
import { goMapping, goMappingAt } from "../objects/go-yaml";
import { inside, type SourceTree } from "../repository/tree";
import type { Release } from "./chart";

/**
 * The charts that a release installs, with their values: the chart itself and its enabled dependencies, whose values are nested under their name or
 * alias. Known even for a remote chart, but then without its dependencies.
 */
export function installsOf(tree: SourceTree, { chart, namespace, values, valuesFiles }: Release): Installed[] {
  if ("chart" in chart) return [{ chart: chart.chart, namespace, values }];
  if (!("at" in chart)) return [];
  const about = goMappingAt(tree, inside(chart.at, "Chart.yaml"));
  const below = (valuesFiles ?? [inside(chart.at, "values.yaml")]).map((file) => goMappingAt(tree, file));
  const all = mergeValues(...below, values);
  const own = typeof about?.name === "string" ? [{ chart: about.name, namespace, values: all }] : [];
  const dependencies = Array.isArray(about?.dependencies) ? about.dependencies.filter(isRecord) : [];
  return [
    ...own,
    ...dependencies.flatMap(({ name, alias, condition }): Installed[] => {
      const own = all[String(alias ?? name)];
      const conditions = typeof condition === "string" ? condition.split(",").map((path) => path.trim()) : [];
      // Helm takes the first condition that is set.
      const isEnabled = conditions.map((path) => valueAt(all, path)).find((value) => typeof value === "boolean");
      if (typeof name !== "string" || isEnabled === false) return [];
      return [{ chart: name, namespace, values: isRecord(own) ? own : {} }];
    }),
  ];
}

/** The values of a K3s HelmChart. Its HelmChartConfig overrides them, and `set` overrides both. */
export function helmChartValues(chart: unknown, config: unknown): Record<string, unknown> {
  const content = (object: unknown) => {
    const text = memberAt(object, ["spec", "valuesContent"]);
    const structured = memberAt(object, ["spec", "values"]);
    return mergeValues(typeof text === "string" ? goMapping(text) : undefined, isRecord(structured) ? structured : {});
  };
  const set = [chart, config].map((object) => memberAt(object, ["spec", "set"])).filter(isRecord);
  return set
    .flatMap((members) => Object.entries(members))
    .reduce<Record<string, unknown>>(
      (values, [name, value]) => {
        // K3s' controller uses --set-string for text, even for text that looks like a number.
        const asText = typeof value === "string" && !/^(true|false|null)$/i.test(value);
        return setValues(values, `${name}=${String(value).replaceAll(",", "\\,")}`, asText);
      },
      mergeValues(content(chart), content(config)),
    );
}
