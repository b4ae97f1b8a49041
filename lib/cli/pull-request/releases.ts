import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { knownText } from "../../common/placeholder";
import { renderedObjects } from "../../input/helm/rendered-objects";
import { type ReleaseToRender, renderRelease } from "../../input/helm/template";
import type { RenderMode } from "../../input/render/tools/context";
import { isPlainMap } from "../../plan/labels";
import type { PlannedResource } from "../../plan/model";
import { chartDigest } from "./chart-digest";

/** The files of one side, as `meshfence plan --out` writes them, and the folder of its program. */
export interface Tree {
  files: Map<string, string>;
  /** By folder of the files. */
  releases: ReadonlyMap<string, PlannedResource>;
  directory: string | undefined;
}

/** Milliseconds between two renderings. Charts can print the time, to the second: what differs between the renderings is not part of the change. */
const pause = 1_100;

/**
 * Adds the output of `helm template` to both trees, for each release that differs between them. Equal charts with equal values give equal
 * manifests.
 *
 * @returns Why manifests of a release are missing. Its values are compared anyway.
 */
export async function addRenderedReleases(before: Tree, after: Tree, mode: RenderMode): Promise<string[]> {
  const folders = [...new Set([...before.releases.keys(), ...after.releases.keys()])];
  const different = folders.filter((folder) => differs(before, after, folder));
  const notes: string[] = [];
  for (const folder of different.sort()) {
    const [was, is] = await Promise.all([rendered(before, folder, mode), rendered(after, folder, mode)]);
    const missing = "missing" in was ? was.missing : "missing" in is ? is.missing : undefined;
    if (missing !== undefined) {
      const release = folder.replace(/^_helm\//, "");
      notes.push(
        `The manifests of release ${release} could not be rendered, so only its values are compared: ${missing}`,
      );
    }
    if ("missing" in was || "missing" in is) continue;
    for (const [file, text] of was.objects) before.files.set(`${folder}/rendered/${file}`, text);
    for (const [file, text] of is.objects) after.files.set(`${folder}/rendered/${file}`, text);
  }
  return notes;
}

function differs(before: Tree, after: Tree, folder: string): boolean {
  const texts = ["release.yaml", "values.yaml"].map((name) => `${folder}/${name}`);
  if (texts.some((file) => before.files.get(file) !== after.files.get(file))) return true;
  // The chart may be in the repository, and the change in the chart.
  const [was, is] = [localChart(before, folder), localChart(after, folder)];
  return was !== undefined && is !== undefined && was !== is && chartDigest(was) !== chartDigest(is);
}

function localChart(tree: Tree, folder: string): string | undefined {
  const release = releaseOf(tree, folder);
  if (release === undefined || release.repository !== undefined || tree.directory === undefined) return undefined;
  return path.resolve(tree.directory, release.chart);
}

/** No objects if the side has no such release. */
async function rendered(
  tree: Tree,
  folder: string,
  mode: RenderMode,
): Promise<{ objects: Map<string, string> } | { missing: string }> {
  const { directory, releases } = tree;
  if (!releases.has(folder) || directory === undefined) return { objects: new Map() };
  const release = releaseOf(tree, folder);
  if (release === undefined) return { missing: "its chart is known only when it is installed" };
  const once = await renderRelease(release, directory, mode);
  if ("missing" in once) return once;
  await setTimeout(pause);
  const again = await renderRelease(release, directory, mode);
  if ("missing" in again) return again;
  return { objects: renderedObjects(once.manifests, again.manifests) };
}

function releaseOf({ files, releases }: Tree, folder: string): ReleaseToRender | undefined {
  const planned = releases.get(folder);
  const chart = knownText(planned?.inputs.chart);
  if (planned === undefined || chart === undefined) return undefined;
  const { name, namespace, version, repositoryOpts } = planned.inputs;
  const [ownVersion, repository] = [knownText(version), isPlainMap(repositoryOpts) && knownText(repositoryOpts.repo)];
  return {
    name: knownText(name) ?? planned.name,
    namespace: knownText(namespace) ?? "default",
    chart,
    ...(ownVersion !== undefined && { version: ownVersion }),
    ...(typeof repository === "string" && { repository }),
    values: files.get(`${folder}/values.yaml`) ?? "{}",
  };
}
