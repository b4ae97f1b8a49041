import { getOrMake } from "../../../common/maps";
import type { Path, Position, Problem } from "../../../common/problem";
import { isClusterScoped } from "../../../kubernetes/cluster-scoped";
import type { LocatedDocument } from "../../manifests/document";
import { isRecord, memberAt } from "../../manifests/shape";
import { readYaml, type YamlFile } from "../../manifests/yaml";
import { joined, OutsideTreeError, type SourceTree } from "../repository/tree";
import { type Rewrite, unchanged } from "./rewrite";

/** Where a rendered object comes from. */
export interface Origin {
  /** The path of its file in the tree, if it has one. */
  source?: string;
  /** The name of its place for messages, if it is not in a file of the tree. */
  shown: string;
  line?: number;
}

/** Finds the lines of rendered objects in their source files. Reads each file once, when it is first needed. */
export class Origins {
  private readonly read = new Map<string, YamlFile>();

  constructor(readonly tree: SourceTree) {}

  documents(source: string): LocatedDocument[] {
    return this.content(source).documents;
  }

  problems(source: string): Problem[] {
    return this.content(source).problems;
  }

  private content(source: string): YamlFile {
    return getOrMake(this.read, source, () => {
      try {
        const text = Buffer.from(this.tree.read(source) ?? []).toString("utf8");
        return readYaml(text, this.tree.displayName(source));
      } catch (error) {
        if (error instanceof OutsideTreeError) return { documents: [], problems: [] };
        throw error;
      }
    });
  }

  /** A rendered object, positioned in its source file. */
  located(value: unknown, { source, shown, line }: Origin): LocatedDocument {
    let from: LocatedDocument | undefined | null = null;
    const position = (path: Path): Partial<Position> => {
      if (source === undefined) return line === undefined ? {} : { line };
      if (from === null) from = sourceOf(value, this.documents(source));
      return from === undefined
        ? line === undefined
          ? {}
          : { line }
        : from.position(sharedPath(path, value, from.value));
    };
    if (source === undefined) return { file: shown, value, position };
    const comments = () => this.documents(source).flatMap((document) => document.comments?.() ?? []);
    return { file: this.tree.displayName(source), value, position, comments };
  }
}

/** The source document of an object: one of its kind whose name, perhaps with a prefix and suffix added by kustomize, is the object's. */
function sourceOf(value: unknown, documents: readonly LocatedDocument[]): LocatedDocument | undefined {
  const kind = memberAt(value, ["kind"]);
  const name = String(memberAt(value, ["metadata", "name"]));
  const nameIn = (document: LocatedDocument) => String(memberAt(document.value, ["metadata", "name"]));
  const sameKind = documents.filter((document) => memberAt(document.value, ["kind"]) === kind);
  if (sameKind.length <= 1) return sameKind[0];
  const contained = sameKind.filter((document) => name.includes(nameIn(document)));
  contained.sort((a, b) => nameIn(b).length - nameIn(a).length);
  return sameKind.find((document) => nameIn(document) === name) ?? contained[0];
}

/** The leading part of a path that exists in both values. Beyond it, a patch may have moved or added values. */
function sharedPath(path: Path, value: unknown, source: unknown): Path {
  let [ours, theirs] = [value, source];
  for (const [index, part] of path.entries()) {
    const sameList = !Array.isArray(ours) || (Array.isArray(theirs) && theirs.length === ours.length);
    if (!sameList || typeof theirs !== "object" || theirs === null || !(part in theirs)) return path.slice(0, index);
    ours = (ours as Record<string | number, unknown>)[part];
    theirs = (theirs as Record<string | number, unknown>)[part];
  }
  return path;
}

const originAnnotation = "config.kubernetes.io/origin";

/**
 * The objects in kustomize's output for a folder, each positioned in the file that kustomize annotated as its origin.
 *
 * @param elsewhere The place that messages name for objects without a file in the tree.
 */
export function kustomizedDocuments(
  output: string,
  folder: string,
  origins: Origins,
  elsewhere: string,
  rewrite: Rewrite = unchanged,
): LocatedDocument[] {
  return output.split(/^---\n/m).flatMap((built) => {
    const { text, isFinal } = rewrite(built);
    return readYaml(text, elsewhere).documents.map(({ value }) => {
      const annotations = memberAt(value, ["metadata", "annotations"]);
      const origin = isRecord(annotations) ? annotations[originAnnotation] : undefined;
      if (isRecord(annotations)) {
        delete annotations[originAnnotation];
        const { metadata } = value as { metadata: Record<string, unknown> };
        if (Object.keys(annotations).length === 0) delete metadata.annotations;
      }
      const located = origins.located(value, originIn(typeof origin === "string" ? origin : "", folder, elsewhere));
      return isFinal ? { ...located, isFinal } : located;
    });
  });
}

function originIn(annotation: string, folder: string, elsewhere: string): Origin {
  const member = (name: string) => new RegExp(`^${name}: "?(.*?)"?$`, "m").exec(annotation)?.[1];
  const [repo, ref, name] = [member("repo"), member("ref"), member("path") ?? member("configuredIn")];
  if (repo !== undefined) return { shown: `${repo}//${name ?? ""}${ref === undefined ? "" : `?ref=${ref}`}` };
  const source = name === undefined ? undefined : joined(folder, name);
  return source === undefined ? { shown: elsewhere } : { source, shown: elsewhere };
}

/**
 * The document in this namespace. Unchanged if its kind is cluster-scoped.
 *
 * @param overrides Whether the namespace replaces one that the document has.
 */
export function inNamespace(
  document: LocatedDocument,
  namespace: string | undefined,
  overrides: boolean,
): LocatedDocument {
  const { value } = document;
  if (namespace === undefined || !isRecord(value) || typeof value.kind !== "string") return document;
  if (isClusterScoped(String(value.apiVersion), value.kind)) return document;
  const metadata = isRecord(value.metadata) ? value.metadata : {};
  const own = metadata.namespace;
  if (!overrides && typeof own === "string" && own !== "") return document;
  return { ...document, value: { ...value, metadata: { ...metadata, namespace } } };
}
