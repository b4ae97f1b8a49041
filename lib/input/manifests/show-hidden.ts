import { printable } from "../../common/printable";
import type { Path } from "../../common/problem";
import { isRecord } from "./shape";

/** Members whose text may hold anything: prose, documents, expressions, schemas. */
const free: ReadonlySet<string> = new Set([
  "annotations",
  "description",
  "openAPIV3Schema",
  "data",
  "stringData",
  "binaryData",
  "values",
  "valuesObject",
  "rules",
]);

/**
 * Escapes invisible characters in an object's names, labels and peers (`\x1b`, `\n`), in place. Kubernetes stores no such object, but its names
 * appear in the message that says why.
 *
 * @returns the paths where there were any, outermost first
 */
export function showHidden(object: Record<string, unknown>, path: Path = []): Path[] {
  return Object.entries(object).flatMap(([key, value]) => {
    const at = [...path, key];
    if (free.has(key)) return [];
    if (key === "metadata" || key === "kind" || key === "apiVersion" || isPolicyGroup(object.apiVersion))
      return showAll(object, key, value, at);
    if (isRecord(value)) return showHidden(value, at);
    if (!Array.isArray(value)) return [];
    return value.flatMap((item, index) => (isRecord(item) ? showHidden(item, [...at, index]) : []));
  });
}

const isPolicyGroup = (apiVersion: unknown): boolean =>
  typeof apiVersion === "string" && /^(cilium\.io|networking\.k8s\.io|policy\.linkerd\.io)\//.test(apiVersion);

function showAll(owner: object, key: string | number, value: unknown, path: Path): Path[] {
  if (typeof value === "string") {
    const shown = printable(value);
    if (shown === value) return [];
    (owner as Record<string | number, unknown>)[key] = shown;
    return [path];
  }
  if (Array.isArray(value)) return value.flatMap((item, index) => showAll(value, index, item, [...path, index]));
  if (!isRecord(value)) return [];
  return Object.entries(value).flatMap(([name, item]) => {
    if (free.has(name)) return [];
    let shown = printable(name);
    if (shown === name) return showAll(value, name, item, [...path, name]);
    // Names that differ only in invisible characters stay distinct.
    while (Object.hasOwn(value, shown)) shown += "\\";
    delete value[name];
    value[shown] = item;
    return [path, ...showAll(value, shown, item, path)];
  });
}
