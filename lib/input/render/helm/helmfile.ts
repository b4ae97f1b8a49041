import path from "node:path";
import { type LocatedDocument, within } from "../../manifests/document";
import { helmfileFix as fix, helmfileValues } from "../../manifests/helmfile";
import { isRecord, memberAt } from "../../manifests/shape";
import { readValues } from "../objects/go-yaml";
import type { Missing } from "../objects/missing";
import { isFolder, joined, type SourceTree } from "../repository/tree";
import type { Release } from "./chart";
import { isChart } from "./chart-files";

/** A release of a helmfile. */
export interface HelmfileRelease {
  /** The release as an object at its own line. Settings are read from it. */
  document: LocatedDocument;
  /** What Helm installs, or why that is unknown. */
  release: Release | Missing;
  /** Where it takes values from that are unknown. */
  unknown: string[];
}

/** The API group of the objects that represent a helmfile's releases. No API server has it. */
export const helmfileGroup = "helmfile";

/**
 * The releases of a helmfile, in its order, without those that are not to be installed.
 *
 * @param at The helmfile's path in the tree. Paths in the helmfile are relative to its folder.
 * @returns the releases, or the reason why only helmfile itself knows them
 */
export function helmfileReleases(tree: SourceTree, at: string, document: LocatedDocument): HelmfileRelease[] | Missing {
  const { value } = document;
  if (/\{\{/.test(Buffer.from(tree.read(at) ?? []).toString("utf8")))
    return { missing: "it is a template, which only helmfile evaluates", fix };
  for (const member of ["bases", "helmfiles"]) {
    if (memberAt(value, [member]) !== undefined)
      return { missing: `it includes other files with \`${member}\`, which only helmfile follows`, fix };
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

/** Members that change a release in ways that only helmfile implements. */
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
        ? { missing: `only helmfile evaluates its \`${own}\``, fix }
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
  if (isFolder(tree, at)) return { missing: `${chart} is not a chart: helmfile makes a chart of it`, fix };
  return { missing: `its chart ${chart} is neither here nor in a repository that it names`, fix };
}

function fromFile(tree: SourceTree, folder: string, name: string): Record<string, unknown> | undefined {
  const at = joined(folder === "." ? "" : folder, name);
  const content = at === undefined || name.endsWith(".gotmpl") ? undefined : tree.read(at);
  if (content === undefined) return undefined;
  const value = readValues(Buffer.from(content).toString("utf8"));
  return value === null ? {} : isRecord(value) ? value : undefined;
}

/** Whether a document has the content of a helmfile. */
export const isHelmfile = (value: unknown): boolean =>
  isRecord(value) && value.kind === undefined && (Array.isArray(value.releases) || Array.isArray(value.helmfiles));

const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined);
