import { parse, parseAllDocuments } from "yaml";
import { type ReleaseToRender, type Rendered, renderRelease } from "../../helm/template";
import { isRecord } from "../../manifests/shape";

/** A side's files as `meshfence plan --out` writes them, and where its program is. */
export interface Tree {
  files: Map<string, string>;
  directory: string | undefined;
}

const releaseFile = /^(_helm\/.*)\/release\.yaml$/;

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
  const different = folders.filter((folder) =>
    ["release.yaml", "values.yaml"].some(
      (name) => before.files.get(`${folder}/${name}`) !== after.files.get(`${folder}/${name}`),
    ),
  );
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
    for (const [file, text] of objectsOf(was.manifests, folder)) before.files.set(file, text);
    for (const [file, text] of objectsOf(is.manifests, folder)) after.files.set(file, text);
  }
  return notes;
}

/** Nothing where the side has no such release. */
async function rendered({ files, directory }: Tree, folder: string): Promise<Rendered> {
  const text = files.get(`${folder}/release.yaml`);
  if (text === undefined || directory === undefined) return { manifests: "" };
  const release = releaseOf(parse(text), folder, files.get(`${folder}/values.yaml`) ?? "{}");
  if (release === undefined) return { missing: "its chart is known only when it is installed" };
  return renderRelease(release, directory);
}

function releaseOf(release: unknown, folder: string, values: string): ReleaseToRender | undefined {
  if (!isRecord(release) || !isKnown(release.chart)) return undefined;
  const { chart, version, repositoryOpts } = release;
  const repository = isRecord(repositoryOpts) ? repositoryOpts.repo : undefined;
  const [, namespace = "default", name = ""] = folder.split("/");
  return {
    name,
    namespace,
    chart,
    ...(isKnown(version) && { version }),
    ...(isKnown(repository) && { repository }),
    values,
  };
}

/** A plan says `[known after …]` for what it cannot know. */
function isKnown(value: unknown): value is string {
  return typeof value === "string" && value !== "" && !value.startsWith("[");
}

/** One file an object, so that a diff says which object it is about. */
function objectsOf(manifests: string, folder: string): [string, string][] {
  return parseAllDocuments(manifests, { logLevel: "silent" }).flatMap((document, index): [string, string][] => {
    const object: unknown = document.contents === null ? undefined : document.toJS();
    // A template whose condition does not hold leaves only a comment.
    if (!isRecord(object)) return [];
    const { kind, metadata } = object;
    const { name, namespace } = isRecord(metadata) ? metadata : {};
    const words = [kind, namespace, name].filter((word) => typeof word === "string").map((word) => fileWord(word));
    const file = words.length === 0 ? `object-${index}` : words.join("-");
    return [[`${folder}/rendered/${file}.yaml`, document.toString({ directives: false })]];
  });
}

function fileWord(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9.-]/g, "_");
}
