import { type HelmValues, mergeValues, valueTree } from "../../common/helm-values";
import { isRecord } from "./shape";

/** What to do about what only helmfile knows. */
export const helmfileFix = "Give the output of `helmfile template` too";

/** Whether a file is one that helmfile reads by itself, by its name: `helmfile.yaml`, `helmfile.d/apps.yaml`. */
export const isHelmfileName = (file: string): boolean =>
  /(^|[\\/:])helmfile\.ya?ml$|(^|[\\/:])helmfile\.d[\\/][^\\/]+\.ya?ml$/.test(file);

/** What a release of a helmfile is given as values, and what of it nobody knows here. */
export interface HelmfileValues {
  values: Record<string, unknown>;
  unknown: string[];
}

/**
 * The values of a release: of files, of mappings and of `set`, the last above all.
 *
 * @param read A file of values by the path that the release has for it; undefined where it cannot be read as it is.
 */
export function helmfileValues(
  release: Readonly<Record<string, unknown>>,
  read: (file: string) => Record<string, unknown> | undefined,
): HelmfileValues {
  const unknown: string[] = [];
  const trees = list(release.values).flatMap((entry): HelmValues | [] => {
    const given = isRecord(entry) ? entry : read(String(entry));
    if (given === undefined) unknown.push(String(entry));
    return given ?? [];
  });
  for (const entry of list(release.secrets)) unknown.push(String(entry));
  for (const entry of list(release.set)) {
    const { name, value } = isRecord(entry) ? entry : {};
    // A name with a list's place or a list in it, and a value that comes from a file.
    if (typeof name !== "string" || name === "" || value === undefined || /[[{]/.test(name))
      unknown.push(`set ${typeof name === "string" ? name : ""}`.trim());
    else trees.push(valueTree(name, value));
  }
  if (release.setTemplate !== undefined || release.valuesTemplate !== undefined) unknown.push("its templates");
  return { values: mergeValues(...trees), unknown };
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
