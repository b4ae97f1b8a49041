import path from "node:path";
import { type LocatedDocument, within } from "../../manifests/document";
import { helmfileFix as fix, helmfileValues } from "../../manifests/helmfile";
import { isRecord, memberAt } from "../../manifests/shape";
import { readValues } from "../objects/go-yaml";
import type { Missing } from "../objects/missing";
import { isFolder, joined, type SourceTree } from "../repository/tree";
import type { Release } from "./chart";
import { isChart } from "./chart-files";

/** A release of a helmfile: what Helm installs, or why that is not known. */
export interface HelmfileRelease {
  /** The release as an object at its own line, which settings are read from. */
  document: LocatedDocument;
  release: Release | Missing;
  /** The places that it takes unknown values from. */
  unknown: string[];
}

/** The API group of the objects that stand for releases of a helmfile. No API server has it. */
export const helmfileGroup = "helmfile";

/**
 * The releases of a helmfile, in its order; those that are switched off are none.
 *
 * @param at The helmfile in the tree: its paths begin in its folder.
 * @returns why there are none, where only helmfile itself can tell
 */
export function helmfileReleases(tree: SourceTree, at: string, document: LocatedDocument): HelmfileRelease[] | Missing {
  const { value } = document;
  if (/\{\{/.test(Buffer.from(tree.read(at) ?? []).toString("utf8")))
    return { missing: "it is a template, which only helmfile fills in", fix };
  for (const member of ["bases", "helmfiles"]) {
    if (memberAt(value, [member]) !== undefined)
      return { missing: `it takes more from \`${member}\`, which only helmfile follows`, fix };
  }
  const releases = memberAt(value, ["releases"]);
  if (!Array.isArray(releases)) return { missing: "it has no list of releases", fix };
  const repositories = repositoriesOf(value);
  return releases.flatMap((release: unknown, index): HelmfileRelease[] => {
    if (!isRecord(release) || release.installed === false) return [];
    return [releaseOf(tree, path.posix.dirname(at), release, repositories, { document, index })];
  });
}

interface Repository {
  url: string;
  oci: boolean;
}

function repositoriesOf(value: unknown): Map<string, Repository> {
  const list = memberAt(value, ["repositories"]);
  return new Map(
    (Array.isArray(list) ? list : [])
      .filter(isRecord)
      .map(({ name, url, oci }) => [String(name), { url: String(url), oci: oci === true }]),
  );
}

/** Members that change a release in ways that only helmfile knows. */
const beyondHelm = [
  "condition",
  "inherit",
  "jsonPatches",
  "postRenderer",
  "strategicMergePatches",
  "transformers",
  "dependencies",
  "forceNamespace",
];

function releaseOf(
  tree: SourceTree,
  folder: string,
  release: Record<string, unknown>,
  repositories: ReadonlyMap<string, Repository>,
  { document, index }: { document: LocatedDocument; index: number },
): HelmfileRelease {
  const [name, chart] = [text(release.name) ?? "release", text(release.chart) ?? ""];
  const namespace = text(release.namespace) ?? "default";
  const { values, unknown } = helmfileValues(release, (name) => fromFile(tree, folder, name));
  const object = {
    apiVersion: `${helmfileGroup}/v1`,
    kind: "Release",
    metadata: { name, namespace },
    spec: { chart, values },
  };
  const own = beyondHelm.find((member) => release[member] !== undefined);
  const from = chartOf(tree, folder, chart, text(release.version), repositories);
  return {
    document: within(document, ["releases", index], object),
    release:
      own !== undefined
        ? { missing: `its \`${own}\` is helmfile's to decide`, fix }
        : "missing" in from
          ? from
          : { name, namespace, chart: from, values },
    unknown,
  };
}

function chartOf(
  tree: SourceTree,
  folder: string,
  chart: string,
  version: string | undefined,
  repositories: ReadonlyMap<string, Repository>,
): Release["chart"] | Missing {
  if (chart === "") return { missing: "it names no chart", fix };
  const pinned = version !== undefined && { version };
  if (chart.startsWith("oci://")) return { chart, ...pinned };
  const [, alias = "", rest = ""] = /^([^./][^/]*)\/(.+)$/.exec(chart) ?? [];
  const repository = repositories.get(alias);
  if (repository !== undefined) {
    const { url, oci } = repository;
    return oci
      ? { chart: `oci://${url.replace(/^oci:\/\/|\/$/g, "")}/${rest}`, ...pinned }
      : { chart: rest, repository: url, ...pinned };
  }
  const at = joined(folder === "." ? "" : folder, chart);
  if (at === undefined) return { missing: `its chart ${chart} leads out of the repository`, fix };
  if (isChart(tree, at)) return { at };
  if (isFolder(tree, at)) return { missing: `${chart} is not a chart; helmfile turns it into one`, fix };
  return { missing: `its chart ${chart} is in no repository that it names, and not here`, fix };
}

function fromFile(tree: SourceTree, folder: string, name: string): Record<string, unknown> | undefined {
  const at = joined(folder === "." ? "" : folder, name);
  const content = at === undefined || name.endsWith(".gotmpl") ? undefined : tree.read(at);
  if (content === undefined) return undefined;
  const value = readValues(Buffer.from(content).toString("utf8"));
  return value === null ? {} : isRecord(value) ? value : undefined;
}

/** Whether a document is what helmfile reads, by what it says. */
export const isHelmfile = (value: unknown): boolean =>
  isRecord(value) && value.kind === undefined && (Array.isArray(value.releases) || Array.isArray(value.helmfiles));

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
