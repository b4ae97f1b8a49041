/**
 * Writes defaults.json: each value that meshfence sets, with the default that the real chart gives it, and where the chart's values name
 * images.
 *
 *   node --require tsx/cjs tests/charts/regenerate.ts FOLDER
 *
 * FOLDER holds the unpacked charts (helm pull --untar). Fails where a chart does not know a value: it was renamed or removed, and
 * Helm would ignore it without a word.
 */
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parse } from "yaml";
import { type HelmValues, isMap, valuePaths } from "../../lib/common/helm-values";
import { plannedValues } from "./plans";

const [folder] = process.argv.slice(2);
if (folder === undefined) throw new Error("usage: regenerate.ts FOLDER");

const unknown: string[] = [];
const charts = [...new Set(plannedValues.map(({ chart }) => chart))].map((chart) => {
  const root = path.join(folder, chart);
  const read = (file: string) => parse(readFileSync(path.join(root, file), "utf8")) as HelmValues;
  const defaults = read("values.yaml");
  const templates = readdirSync(path.join(root, "templates"), { recursive: true, encoding: "utf8" })
    .filter((file) => /\.(ya?ml|tpl)$/.test(file))
    .map((file) => readFileSync(path.join(root, "templates", file), "utf8"))
    .join("\n");
  const set = plannedValues.filter((planned) => planned.chart === chart).flatMap(({ values }) => valuePaths(values));
  const known = [...new Set(set)].sort().map((valuePath) => {
    const byDefault = lookUp(defaults, valuePath);
    const found = byDefault === undefined ? mentioned(templates, valuePath) : byDefault;
    if (found === undefined) unknown.push(`${chart}: ${valuePath}`);
    return [valuePath, found];
  });
  return [
    chart,
    { version: read("Chart.yaml").version, defaults: Object.fromEntries(known), images: images(defaults) },
  ];
});
if (unknown.length > 0) throw new Error(`values that the charts do not know:\n  ${unknown.join("\n  ")}`);
writeFileSync(path.join(__dirname, "defaults.json"), `${JSON.stringify(Object.fromEntries(charts), null, 2)}\n`);

/** The default at a path. Below an empty or unset map, such as annotations and selectors, everything is the user's. */
function lookUp(defaults: HelmValues, valuePath: string): unknown {
  let here: unknown = defaults;
  for (const key of valuePath.split(/(?<!\\)\./)) {
    if (here === null) return null;
    if (!isMap(here)) return undefined;
    if (Object.keys(here).length === 0) return {};
    here = here[key.replaceAll("\\.", ".")];
  }
  return here;
}

/** Some values have no default and stand only where a template reads them, perhaps through a variable of their parent's name. */
function mentioned(templates: string, valuePath: string): string | undefined {
  const [plain = ""] = valuePath.split(/\.(?=[^.]*\\)/);
  const lastTwo = plain.split(".").slice(-2).join(".");
  return templates.includes(`.Values.${plain}`) || templates.includes(`$${lastTwo}`)
    ? "(read by a template)"
    : undefined;
}

/** Paths of all values that describe an image: `repository`, or `registry` and `name`, or `name` alone. */
function images(values: HelmValues, above = ""): { [path: string]: string } {
  return Object.fromEntries(
    Object.entries(values).flatMap(([key, value]) => {
      const here = `${above}${key}`;
      if (!isMap(value)) return [];
      const isImage = "pullPolicy" in value && ("repository" in value || "name" in value);
      if (!isImage) return Object.entries(images(value, `${here}.`));
      return [[here, value.repository ?? [value.registry, value.name].filter(Boolean).join("/")]];
    }),
  );
}
