import { mergeValues } from "../../../common/helm-values";
import { BadAssignment, escapedForSet, setParameters, setValues } from "../../../common/set-values";
import { isRecord, memberAt } from "../../manifests/shape";
import { goYaml } from "../objects/go-yaml";
import type { Missing } from "../objects/missing";
import { joined, normalAddress, type SourceTree } from "../repository/tree";

export const argoFix = "Give the output of `argocd app manifests NAME` too";

/** The variables `ARGOCD_APP_…` of Argo CD's build environment. */
export type BuildEnvironment = Readonly<Record<string, string | undefined>>;

/** The build environment of an Application's source, without the revision, which only Argo CD knows. */
export function buildEnvironment(application: unknown, source: Record<string, unknown>): BuildEnvironment {
  const text = (value: unknown) => (typeof value === "string" ? value : "");
  return {
    ARGOCD_APP_NAME: text(memberAt(application, ["metadata", "name"])),
    ARGOCD_APP_NAMESPACE: text(memberAt(application, ["spec", "destination", "namespace"])),
    ARGOCD_APP_PROJECT_NAME: text(memberAt(application, ["spec", "project"])),
    ARGOCD_APP_SOURCE_PATH: text(source.path),
    ARGOCD_APP_SOURCE_REPO_URL: text(source.repoURL),
    ARGOCD_APP_SOURCE_TARGET_REVISION: text(source.targetRevision),
  };
}

/** Expands variables as Argo CD does: `$$` becomes `$`, and unknown variables become empty. */
function expandVariables(text: string, environment: BuildEnvironment): string {
  return text.replaceAll(/\$(?:\$|(\w+)|\{(\w*)\})/g, (whole, bare?: string, braced?: string) =>
    whole === "$$" ? "$" : (environment[bare ?? braced ?? ""] ?? ""),
  );
}

/** Whether an address is this repository's. True if its addresses are unknown: then only the existence of the folder tells. */
export function isThisRepository(tree: SourceTree, address: string): boolean {
  // A registry holds artifacts, never a git repository.
  if (/^oci:\/\//i.test(address)) return false;
  return tree.addresses.length === 0 || tree.addresses.some((own) => lastPart(own) === repositoryName(address));
}

/** The last part of a repository's address: forks and mirrors have it in common. */
export const repositoryName = (address: string): string => lastPart(normalAddress(address));

const lastPart = (address: string) => address.slice(address.lastIndexOf("/") + 1);

/** A source of an Application that is a chart. */
export interface ChartSource {
  /** The chart's folder. Undefined for a remote chart, whose files cannot be read. */
  folder: string | undefined;
  /** The source's member `helm`. */
  helm: unknown;
  /** All sources of the Application, to which `$ref` in a values file refers. */
  sources: readonly Record<string, unknown>[];
  environment: BuildEnvironment;
}

/**
 * The merged values of an Application's chart: from values files of its own and of other sources (`$values/…`), `values` or `valuesObject`,
 * `parameters` and `fileParameters`. Later ones override earlier ones.
 */
export function argoValues(tree: SourceTree, source: ChartSource): { values: Record<string, unknown> } | Missing {
  try {
    return readArgoValues(tree, source);
  } catch (error) {
    if (!(error instanceof BadAssignment)) throw error;
    return { missing: `one of its parameters is not valid for Helm: ${error.message}`, fix: argoFix };
  }
}

function readArgoValues(
  tree: SourceTree,
  { folder, helm, sources, environment }: ChartSource,
): { values: Record<string, unknown> } | Missing {
  const contentOf = (name: string): string | Missing | undefined => {
    const [, reference, rest = ""] = /^\$([\w-]+)\/(.*)$/.exec(name) ?? [];
    const source = reference === undefined ? undefined : sources.find(({ ref }) => ref === reference);
    const plain = source === undefined ? expandVariables(name, environment) : expandVariables(rest, environment);
    if (/^[a-z]+:\/\//i.test(plain)) return { missing: `its values file ${plain} is elsewhere`, fix: argoFix };
    if (source !== undefined && !isThisRepository(tree, String(source.repoURL ?? ""))) {
      return { missing: `its values file ${name} is in another repository`, fix: argoFix };
    }
    const isFromRoot = source !== undefined || plain.startsWith("/");
    if (!isFromRoot && folder === undefined)
      return { missing: `its values file ${plain} is in its chart, which is not here`, fix: argoFix };
    const bases = isFromRoot ? ["", tree.inputFolders[0] ?? ""] : [folder ?? ""];
    const content = bases
      .map((base) => joined(base, plain.replace(/^\/+/, "")))
      .map((place) => (place === undefined ? undefined : tree.read(place)))
      .find((found) => found !== undefined);
    return content === undefined ? undefined : Buffer.from(content).toString("utf8");
  };
  let values: Record<string, unknown> = {};
  const files = memberAt(helm, ["valueFiles"]);
  for (const file of Array.isArray(files) ? files : []) {
    const content = contentOf(String(file));
    if (content === undefined && memberAt(helm, ["ignoreMissingValueFiles"]) === true) continue;
    if (content === undefined) return { missing: `its values file ${String(file)} is not here`, fix: argoFix };
    if (typeof content !== "string") return content;
    const read = parseValues(content);
    if (read === undefined) return { missing: `its values file ${String(file)} is not a mapping`, fix: argoFix };
    values = mergeValues(values, read);
  }
  const [written, given] = [memberAt(helm, ["values"]), memberAt(helm, ["valuesObject"])];
  const parsed = isRecord(given) ? given : typeof written === "string" ? parseValues(written) : {};
  if (parsed === undefined) return { missing: "its values are not a mapping", fix: argoFix };
  values = mergeValues(values, parsed);
  const parameters = memberAt(helm, ["parameters"]);
  values = setParameters(
    values,
    (Array.isArray(parameters) ? parameters : [])
      .filter(isRecord)
      .map((one) => ({ ...one, value: expandVariables(String(one.value ?? ""), environment) })),
  );
  const ofFiles = memberAt(helm, ["fileParameters"]);
  for (const one of (Array.isArray(ofFiles) ? ofFiles : []).filter(isRecord)) {
    const content = contentOf(String(one.path));
    if (content === undefined) return { missing: `its file ${String(one.path)} is not here`, fix: argoFix };
    if (typeof content !== "string") return content;
    values = setValues(values, `${String(one.name)}=${escapedForSet(content)}`, true);
  }
  return { values };
}

/** Parses YAML as values. Undefined if it is not a mapping. */
export function parseValues(content: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = goYaml(content);
    return value === null ? {} : isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
