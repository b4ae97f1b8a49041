import path from "node:path";
import { setTimeout } from "node:timers/promises";
import { parse } from "yaml";
import { renderedObjects } from "../../input/helm/rendered-objects";
import { type ReleaseToRender, renderRelease } from "../../input/helm/template";
import { isRecord } from "../../input/manifests/shape";
import { chartDigest } from "./chart-digest";

/** A side's files as `meshfence plan --out` writes them, and where its program is. */
export interface Tree {
  files: Map<string, string>;
  directory: string | undefined;
}

const releaseFile = /^(_helm\/.*)\/release\.yaml$/;

/** Charts can print the time, to the second: two renderings that are further apart tell it from what stays. */
const second = 1_100;

/**
 * Adds to both trees what `helm template` makes of each release that differs between them: of the others, the same chart and the same
 * values give the same manifests.
 *
 * @returns why manifests of a release are missing; its values are compared all the same
 */
export async function addRenderedReleases(before: Tree, after: Tree): Promise<string[]> {
  const folders = [
    ...new Set([...before.files.keys(), ...after.files.keys()].flatMap((file) => releaseFile.exec(file)?.[1] ?? [])),
  ];
  const different = folders.filter((folder) => differs(before, after, folder));
  const notes: string[] = [];
  for (const folder of different.sort()) {
    const [was, is] = await Promise.all([rendered(before, folder), rendered(after, folder)]);
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
  // The repository can hold the chart itself, and the change be in there.
  const [was, is] = [localChart(before, folder), localChart(after, folder)];
  return was !== undefined && is !== undefined && was !== is && chartDigest(was) !== chartDigest(is);
}

function localChart(tree: Tree, folder: string): string | undefined {
  const release = releaseOf(tree, folder);
  if (release === undefined || release.repository !== undefined || tree.directory === undefined) return undefined;
  return path.resolve(tree.directory, release.chart);
}

/** No objects where the side has no such release. */
async function rendered(tree: Tree, folder: string): Promise<{ objects: Map<string, string> } | { missing: string }> {
  const { directory, files } = tree;
  if (!files.has(`${folder}/release.yaml`) || directory === undefined) return { objects: new Map() };
  const release = releaseOf(tree, folder);
  if (release === undefined) return { missing: "its chart is known only when it is installed" };
  const once = await renderRelease(release, directory);
  if ("missing" in once) return once;
  await setTimeout(second);
  const again = await renderRelease(release, directory);
  if ("missing" in again) return again;
  return { objects: renderedObjects(once.manifests, again.manifests) };
}

function releaseOf({ files }: Tree, folder: string): ReleaseToRender | undefined {
  const release: unknown = parse(files.get(`${folder}/release.yaml`) ?? "");
  if (!isRecord(release) || !isKnown(release.chart)) return undefined;
  const { chart, version, repositoryOpts } = release;
  const repository = isRecord(repositoryOpts) ? repositoryOpts.repo : undefined;
  const [, namespace = "default", name = ""] = folder.split("/");
  return {
    // Two clusters' releases of one name have folders that tell them apart.
    name: isKnown(release.name) ? release.name : name.replace(/@.*/, ""),
    namespace: isKnown(release.namespace) ? release.namespace : namespace,
    chart,
    ...(isKnown(version) && { version }),
    ...(isKnown(repository) && { repository }),
    values: files.get(`${folder}/values.yaml`) ?? "{}",
  };
}

/** A plan says `[known after …]` for what it cannot know. */
function isKnown(value: unknown): value is string {
  return typeof value === "string" && value !== "" && !value.startsWith("[");
}
