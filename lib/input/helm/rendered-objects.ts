import { type Document, isMap, isScalar, isSeq, parseAllDocuments, visit } from "yaml";
import { isPlaceholder, SECRET } from "../../common/placeholder";
import { isRecord } from "../manifests/shape";

const generated = "[generated]";

/**
 * What `helm template` printed, one text an object by file name, so that a diff says which object it is about. Two renderings of the same
 * input tell what follows from the input and what a chart makes up: keys, passwords, names, the time. That becomes `[generated]`, as it
 * would be a change in every comparison. What Secrets hold becomes `[secret]`: charts make keys, and a pull request is read by many.
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
  // A template whose condition does not hold leaves only a comment.
  return parseAllDocuments(manifests, { logLevel: "silent" }).filter(({ contents }) => isMap(contents));
}

/** Each object with itself in the other rendering, by its name; by its place among those of its kind where the chart makes the name up. */
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

/** Overwrites in the object what is otherwise in another rendering of it. */
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

/** Whether two nodes can be compared part by part. */
function sameShape(node: unknown, other: unknown): boolean {
  if (isMap(node) && isMap(other))
    return node.items.length === other.items.length && node.items.every(({ key }) => other.has(key));
  if (isSeq(node) && isSeq(other)) return node.items.length === other.items.length;
  return isScalar(node) && isScalar(other);
}

/**
 * Of a text, only the words from the first that differs to the last: the rest of a configuration file or of a name can still be compared.
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

/** In Secrets, and in lists of them. */
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

/** A plan's placeholder in base64 tells a reader nothing. */
function uncoverPlaceholders(object: Document): void {
  visit(object, {
    Scalar(_, node) {
      // `[` in base64 and the first bits of the next letter.
      if (typeof node.value !== "string" || !/^W[0-9A-Za-z+/]+=*$/.test(node.value)) return;
      const text = Buffer.from(node.value, "base64").toString("utf8");
      if (isPlaceholder(text.trim())) node.value = text.trim();
    },
  });
}
