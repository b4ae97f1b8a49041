import { type HelmValues, mergeValues, valueTree } from "../../common/helm-values";
import { isRecord } from "./shape";

/** The fix for everything that only helmfile can evaluate. */
export const helmfileFix = "Give the output of `helmfile template` too";

/** Whether a file has a name that helmfile reads by default: `helmfile.yaml`, `helmfile.d/apps.yaml`. */
export const isHelmfileName = (file: string): boolean =>
  /(^|[\\/:])helmfile\.ya?ml$|(^|[\\/:])helmfile\.d[\\/][^\\/]+\.ya?ml$/.test(file);

/** The values of a helmfile's release, and their sources that are unknown here. */
export interface HelmfileValues {
  values: Record<string, unknown>;
  unknown: string[];
}

/**
 * The values of a release: from files, from mappings, and from `set`, which overrides the others.
 *
 * @param read Reads a values file by its path in the release. Undefined if it cannot be read as it is.
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
    // A name with an index or a list, and a value from a file, are not evaluated.
    if (typeof name !== "string" || name === "" || value === undefined || /[[{]/.test(name))
      unknown.push(`set ${typeof name === "string" ? name : ""}`.trim());
    else trees.push(valueTree(name, value));
  }
  if (release.setTemplate !== undefined || release.valuesTemplate !== undefined) unknown.push("its templates");
  return { values: mergeValues(...trees), unknown };
}

const list = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
