import { type Document, isMap, isScalar, isSeq, parseAllDocuments, visit } from "yaml";
import { isPlaceholder, SECRET } from "../../common/placeholder";
import { isRecord } from "../manifests/shape";

const generated = "[generated]";

/**
 * Splits the output of `helm template` into one text per object, by file name, so that a diff names the object. Two renderings of the same input show
 * which values the chart generates: keys, passwords, names, the time. They become `[generated]`, because they would differ in every comparison. The
 * data of Secrets becomes `[secret]`, because charts generate keys and many people read a pull request.
 */
export function renderedObjects(once: string, again: string): Map<string, string> {
  const objects = objectsOf(once);
  for (const [object, other] of pairs(objects, objectsOf(again))) markGenerated(object.contents, other.contents);
  for (const object of objects) {
    maskSecrets(object);
    uncoverPlaceholders(object);
  }
  const texts = byFile(objects);
  return new Map([...texts].map(([file, object]) => [file, object.toString({ directives: false, lineWidth: 0 })]));
}

function objectsOf(manifests: string): Document[] {
  // A template whose condition is false leaves only a comment.
  return parseAllDocuments(manifests, { logLevel: "silent" }).filter(({ contents }) => isMap(contents));
}

/** Pairs each object with itself in the other rendering: by its name, or by its position among its kind if the chart generates the name. */
function pairs(objects: readonly Document[], others: readonly Document[]): [Document, Document][] {
  const [ours, theirs] = [byFile(objects), byFile(others)];
  const renamed = [...theirs].flatMap(([file, other]) => (ours.has(file) ? [] : [other]));
  return [...ours].flatMap(([file, object]): [Document, Document][] => {
    const same = theirs.get(file);
    if (same !== undefined) return [[object, same]];
    const at = renamed.findIndex((other) => other.get("kind") === object.get("kind"));
    return renamed.splice(at, at < 0 ? 0 : 1).map((other) => [object, other]);
  });
}

function byFile(objects: readonly Document[]): Map<string, Document> {
  const files = new Map<string, Document>();
  for (const object of objects) {
    const { kind, metadata } = object.toJS() as Record<string, unknown>;
    const { name, namespace } = isRecord(metadata) ? metadata : {};
    const words = [kind, namespace, name].filter((word) => typeof word === "string").map(fileWord);
    const stem = words.length === 0 ? "object" : words.join("-");
    let file = `${stem}.yaml`;
    for (let count = 2; files.has(file); count++) file = `${stem}-${count}.yaml`;
    files.set(file, object);
  }
  return files;
}

function fileWord(text: string): string {
  return text.toLowerCase().replaceAll(/[^a-z0-9.-]/g, "_");
}

/** Overwrites the values of an object that differ in another rendering of it. */
function markGenerated(node: unknown, other: unknown): void {
  if (isScalar(node) && isScalar(other)) {
    if (node.value !== other.value) node.value = mark(node.value, other.value);
  } else if (isMap(node) && isMap(other)) {
    for (const { key } of node.items) {
      const [ours, theirs] = [node.get(key, true), other.get(key, true)];
      if (sameShape(ours, theirs)) markGenerated(ours, theirs);
      else node.set(key, generated);
    }
  } else if (isSeq(node) && isSeq(other)) {
    for (const [index, ours] of node.items.entries()) {
      const theirs = other.items[index];
      if (sameShape(ours, theirs)) markGenerated(ours, theirs);
      else node.set(index, generated);
    }
  }
}

/** Whether two nodes can be compared member by member. */
function sameShape(node: unknown, other: unknown): boolean {
  if (isMap(node) && isMap(other))
    return node.items.length === other.items.length && node.items.every(({ key }) => other.has(key));
  if (isSeq(node) && isSeq(other)) return node.items.length === other.items.length;
  return isScalar(node) && isScalar(other);
}

/**
 * Replaces only the words from the first different one to the last, so that the rest of a configuration file or a name can still be compared.
 */
function mark(value: unknown, other: unknown): string {
  if (typeof value !== "string" || typeof other !== "string") return generated;
  const [ours, theirs] = [value, other].map((text) => text.split(/([^A-Za-z0-9+/=]+)/)) as [string[], string[]];
  const room = Math.min(ours.length, theirs.length);
  let start = 0;
  while (start < room && ours[start] === theirs[start]) start++;
  let end = 0;
  while (end < room - start && ours.at(-1 - end) === theirs.at(-1 - end)) end++;
  return [...ours.slice(0, start), generated, ...ours.slice(ours.length - end)].join("");
}

/** Hides the data of a Secret, or of a list of Secrets. */
function maskSecrets(object: Document): void {
  visit(object, {
    Map(_, node) {
      if (node.get("kind") !== "Secret") return;
      for (const member of ["data", "stringData"]) {
        const content: unknown = node.get(member, true);
        if (isMap(content)) for (const { key } of content.items) content.set(key, SECRET);
      }
    },
  });
}

/** Decodes a plan's placeholder from base64, where nobody can read it. */
function uncoverPlaceholders(object: Document): void {
  visit(object, {
    Scalar(_, node) {
      // `[` in base64, with the first bits of the next letter.
      if (typeof node.value !== "string" || !/^W[0-9A-Za-z+/]+=*$/.test(node.value)) return;
      const text = Buffer.from(node.value, "base64").toString("utf8");
      if (isPlaceholder(text.trim())) node.value = text.trim();
    },
  });
}
