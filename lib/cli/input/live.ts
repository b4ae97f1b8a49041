import { ClusterError } from "../../cluster/error";
import { applied } from "../../input/live/applied";
import type { LocatedDocument } from "../../input/manifests/document";
import { type Manifests, readManifests, type TextFile } from "../../input/manifests/read";
import { readYaml, type rememberingReader } from "../../input/manifests/yaml";
import type { InputOptions } from "../options/input";
import { say } from "../output/print";

/** The time limit for reading a cluster. */
const seconds = 60;

/**
 * A running cluster as it is, and as it would be with the manifests applied.
 *
 * @returns Undefined if it cannot be read, after saying why.
 */
export async function liveSides(
  files: readonly TextFile[],
  options: InputOptions,
  read: ReturnType<typeof rememberingReader> = readYaml,
): Promise<{ before: Manifests; after: Manifests; name: string } | undefined> {
  try {
    const { documents, unseen, name } = await liveDocuments(options);
    const texts = files.map(({ file, text, located }) => located ?? read(text, file));
    const written = texts.flatMap((one) => one.documents);
    const { before, after } = applied(documents, written, options.namespace);
    const side = (of: readonly LocatedDocument[]): Manifests => {
      const located = { documents: [...of], problems: [] };
      const manifests = readManifests([{ file: `cluster ${name}`, text: "", found: true, located }], options.namespace);
      return { ...manifests, unseen: [...unseen, ...manifests.unseen] };
    };
    const changed = side(after);
    const passed = files.flatMap((file) => file.unseen ?? []);
    const unapplied = files.flatMap(({ file, text, unapplied: reason }) =>
      reason === undefined ? [] : [{ file, reason, text }],
    );
    const problems = [...texts.flatMap((one) => one.problems), ...changed.problems];
    return {
      before: side(before),
      after: { ...changed, problems, unapplied, unseen: [...passed, ...changed.unseen] },
      name,
    };
  } catch (error) {
    if (!(error instanceof ClusterError)) throw error;
    say(`error: ${error.message}`);
    return undefined;
  }
}

/** The objects of the cluster that the options name, and what the user may not read. @throws ClusterError */
async function liveDocuments({
  context,
  kubeconfig,
}: InputOptions): Promise<{ documents: LocatedDocument[]; unseen: Manifests["unseen"]; name: string }> {
  const { clusterObjects } = await import("../../cluster/index.js");
  const choice = { ...(context !== undefined && { context }), ...(kubeconfig !== undefined && { kubeconfig }) };
  const { objects, missing, context: name } = await clusterObjects(choice, { seconds });
  const file = `cluster ${name}`;
  return {
    name,
    documents: objects.map((value) => ({ file, value, position: () => ({}) })),
    unseen: missing.map(({ what, fix }) => ({
      file,
      object: what,
      reason: "they may not be read",
      fix,
      pods: "anywhere",
    })),
  };
}
