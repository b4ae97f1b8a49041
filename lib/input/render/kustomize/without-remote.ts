import { isRecord } from "../../manifests/shape";

/** Lists of a kustomization whose items are references, or mappings with one at `path`. */
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
 * A kustomization without what is not here, so that the rest of it can be built.
 *
 * @param isLeftOut Whether a reference, or a chart, is one of those.
 */
export function withoutRemote(
  kustomization: Record<string, unknown>,
  isLeftOut: (reference: unknown) => boolean,
): Record<string, unknown> {
  const result = { ...kustomization };
  const isLeft = (item: unknown) => isLeftOut(item) || (isRecord(item) && isLeftOut(item.path));
  for (const list of lists) {
    const items = kustomization[list];
    if (Array.isArray(items)) result[list] = items.filter((item: unknown) => !isLeft(item));
  }
  if (isLeft(kustomization.openapi)) delete result.openapi;
  for (const list of ["configMapGenerator", "secretGenerator"]) {
    const generators = kustomization[list];
    if (!Array.isArray(generators)) continue;
    result[list] = generators.map((one: unknown) => (isRecord(one) ? generatorWithout(one, isLeftOut) : one));
  }
  return result;
}

function generatorWithout(generator: Record<string, unknown>, isLeftOut: (reference: unknown) => boolean) {
  const { files, envs, env, ...rest } = generator;
  const kept = (list: unknown, fileOf: (one: unknown) => string = String) =>
    Array.isArray(list) ? list.filter((one: unknown) => !isLeftOut(fileOf(one))) : undefined;
  return {
    ...rest,
    ...(files !== undefined && { files: kept(files, (one) => fileOfGenerator(String(one))) }),
    ...(envs !== undefined && { envs: kept(envs) }),
    ...(env !== undefined && !isLeftOut(env) && { env }),
  };
}

/** The file of an entry of a generator, which may have a key before it. */
export const fileOfGenerator = (entry: string): string => entry.slice(entry.indexOf("=") + 1);
