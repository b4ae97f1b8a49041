import { isRecord } from "../../manifests/shape";

/** Members of a kustomization that list references, or mappings with a reference at `path`. */
const lists = [
  "resources",
  "bases",
  "components",
  "crds",
  "configurations",
  "generators",
  "transformers",
  "validators",
  "patchesStrategicMerge",
  "patches",
  "patchesJson6902",
  "replacements",
  "helmCharts",
  "helmChartInflationGenerator",
];

/**
 * A kustomization without its remote references, so that the rest of it can be built.
 *
 * @param isRemote Whether to remove a reference or a chart.
 */
export function withoutRemote(
  kustomization: Record<string, unknown>,
  isRemote: (reference: unknown) => boolean,
): Record<string, unknown> {
  const result = { ...kustomization };
  const isOmitted = (item: unknown) => isRemote(item) || (isRecord(item) && isRemote(item.path));
  for (const list of lists) {
    const items = kustomization[list];
    if (Array.isArray(items)) result[list] = items.filter((item: unknown) => !isOmitted(item));
  }
  if (isOmitted(kustomization.openapi)) delete result.openapi;
  for (const list of ["configMapGenerator", "secretGenerator"]) {
    const generators = kustomization[list];
    if (!Array.isArray(generators)) continue;
    result[list] = generators.map((one: unknown) => (isRecord(one) ? generatorWithout(one, isRemote) : one));
  }
  return result;
}

function generatorWithout(generator: Record<string, unknown>, isRemote: (reference: unknown) => boolean) {
  const { files, envs, env, ...rest } = generator;
  const kept = (list: unknown, fileOf: (one: unknown) => string = String) =>
    Array.isArray(list) ? list.filter((one: unknown) => !isRemote(fileOf(one))) : undefined;
  return {
    ...rest,
    ...(files !== undefined && { files: kept(files, (one) => fileOfGenerator(String(one))) }),
    ...(envs !== undefined && { envs: kept(envs) }),
    ...(env !== undefined && !isRemote(env) && { env }),
  };
}

/** The file in a generator's entry, which may be `key=file`. */
export const fileOfGenerator = (entry: string): string => entry.slice(entry.indexOf("=") + 1);
