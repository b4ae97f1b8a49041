/**
 * Values of a Helm chart. Not a JSON type but `any`, because leaves may be Pulumi outputs.
 */
// biome-ignore lint/suspicious/noExplicitAny: Pulumi's component analyzer represents `any` and not `unknown`.
export type HelmValues = { [key: string]: any };

/**
 * Merges trees of values; later ones win. Maps are merged; everything else (lists, scalars, null, Pulumi outputs) is replaced as a whole, as Helm does
 * with several values files. Undefined does not replace anything.
 */
export function mergeValues(...trees: ReadonlyArray<HelmValues | undefined>): HelmValues {
  const merged: HelmValues = {};
  for (const tree of trees) {
    for (const [key, value] of Object.entries(tree ?? {})) {
      if (value === undefined) continue;
      merged[key] = isMap(value) ? mergeValues(isMap(merged[key]) ? merged[key] : {}, value) : value;
    }
  }
  return merged;
}

/** Dotted paths of all leaves; lists count as leaves. Keys that contain a dot are escaped as Helm's `--set` does. */
export function valuePaths(tree: HelmValues, above = ""): string[] {
  return Object.entries(tree).flatMap(([key, value]) => {
    const path = above + key.replaceAll(".", "\\.");
    return isMap(value) && Object.keys(value).length > 0 ? valuePaths(value, `${path}.`) : [path];
  });
}

/** The value at a dotted path; undefined if there is none. */
export function valueAt(tree: HelmValues | undefined, path: string): unknown {
  let here: unknown = tree;
  for (const key of keysOf(path)) {
    if (!isMap(here)) return undefined;
    here = here[key];
  }
  return here;
}

/** A tree with one value at a dotted path. As in {@link valuePaths} and Helm's `--set`, `\.` is a dot inside a key. */
export function valueTree(path: string, value: unknown): HelmValues {
  return keysOf(path).reduceRight<unknown>((tree, key) => ({ [key]: tree }), value) as HelmValues;
}

const keysOf = (path: string): string[] => path.split(/(?<!\\)\./).map((key) => key.replaceAll("\\.", "."));

/** A plain object: outputs and other class instances are leaves. */
export function isMap(value: unknown): value is HelmValues {
  if (typeof value !== "object" || value === null) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
