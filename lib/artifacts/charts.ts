import { existsSync, readFileSync } from "node:fs";
import type { Problem } from "../common/problem";
import type { ArtifactSources } from "./artifact-sources";

/** The charts that meshfence installs, and the repositories that their projects publish them in. */
export const upstreamCharts = {
  cilium: "https://helm.cilium.io/",
  "linkerd-crds": "https://helm.linkerd.io/edge",
  "linkerd-control-plane": "https://helm.linkerd.io/edge",
  "linkerd-viz": "https://helm.linkerd.io/edge",
} as const;
export type ChartName = keyof typeof upstreamCharts;

/** The arguments with which a `helm.v3.Release` finds a chart. */
export interface ChartLocation {
  chart: string;
  version?: string;
  repositoryOpts?: { repo: string };
}

export function chartLocation(chart: ChartName, version: string, sources?: ArtifactSources): ChartLocation {
  const { folder, repository } = sources?.charts ?? {};
  if (folder !== undefined) {
    // Helm ignores a version beside a path.
    const found = chartPaths(chart, version, folder).find((path) => existsSync(path));
    return { chart: found ?? `${folder}/${chart}-${version}.tgz` };
  }
  if (repository?.startsWith("oci://")) return { chart: `${repository.replace(/\/+$/, "")}/${chart}`, version };
  return { chart, version, repositoryOpts: { repo: repository ?? upstreamCharts[chart] } };
}

export function chartSourceProblems(
  charts: ReadonlyArray<{ chart: ChartName; version: string }>,
  sources?: ArtifactSources,
): Problem[] {
  const { folder, repository } = sources?.charts ?? {};
  const where = ["artifacts", "charts"];
  const problems: Problem[] = [];
  if (folder !== undefined && repository !== undefined) {
    problems.push({
      code: "conflict",
      path: where,
      message: "both a folder and a repository are given",
      fix: "leave one of them out",
    });
  }
  if (repository !== undefined && !/^(https?|oci):\/\/./.test(repository)) {
    problems.push({
      code: "invalid-url",
      path: [...where, "repository"],
      message: `"${repository}" is not the address of a chart repository`,
      fix: "begin it with https:// (Helm repository) or oci:// (registry)",
    });
  }
  if (folder === undefined) return problems;
  for (const { chart, version } of charts) {
    const get = `get it with: helm pull ${chart} --repo ${upstreamCharts[chart]} --version ${version} --destination ${folder}`;
    const paths = chartPaths(chart, version, folder);
    const found = paths.find((path) => existsSync(path));
    if (found === undefined) {
      problems.push({
        code: "chart-missing",
        path: [...where, "folder"],
        message: `the chart ${chart} ${version} is not there (looked for ${paths.join(" and ")})`,
        fix: get,
      });
    } else if (!found.endsWith(".tgz") && versionOf(found) !== version) {
      problems.push({
        code: "chart-version",
        path: [...where, "folder"],
        message: `${found} holds version ${versionOf(found) ?? "unknown"} of the chart, and ${version} is wanted`,
        fix: get,
      });
    }
  }
  return problems;
}

/** The version of an unpacked chart. A packed chart has it in its name. */
function versionOf(chartFolder: string): string | undefined {
  const description = `${chartFolder}/Chart.yaml`;
  if (!existsSync(description)) return undefined;
  return /^version:\s*["']?([^\s"']+)/m.exec(readFileSync(description, "utf8"))?.[1];
}

function chartPaths(chart: ChartName, version: string, folder: string): string[] {
  const base = folder.replace(/\/+$/, "");
  return [`${base}/${chart}-${version}.tgz`, `${base}/${chart}`];
}
