import { printable } from "../../common/printable";
import { isRecord } from "./shape";

/** Kinds whose text holds documents of their own, or anything at all: they name nobody that an answer would print. */
const free: ReadonlySet<string> = new Set([
  "annotations",
  "data",
  "stringData",
  "binaryData",
  "values",
  "valuesObject",
]);

/**
 * Spells out what is hidden in an object's names, labels and peers (`\\x1b`, `\\n`), in place. None that Kubernetes stores has any of it, so the
 * object is refused as it would be; but its names reach whoever reads the refusal.
 */
export function showHidden(object: Record<string, unknown>): void {
  for (const [key, value] of Object.entries(object)) {
    if (free.has(key)) continue;
    if (key === "metadata" || isPolicyGroup(object.apiVersion)) showAll(object, key, value);
    else if (key === "kind" || key === "apiVersion") showAll(object, key, value);
    else if (isRecord(value)) showHidden(value);
    else if (Array.isArray(value)) for (const item of value) if (isRecord(item)) showHidden(item);
  }
}

const isPolicyGroup = (apiVersion: unknown): boolean =>
  typeof apiVersion === "string" && /^(cilium\.io|networking\.k8s\.io|policy\.linkerd\.io)\//.test(apiVersion);

function showAll(owner: Record<string, unknown> | unknown[], key: string | number, value: unknown): void {
  const holder = owner as Record<string | number, unknown>;
  if (typeof value === "string") holder[key] = printable(value);
  else if (Array.isArray(value)) for (const [index, item] of value.entries()) showAll(value, index, item);
  else if (isRecord(value)) {
    for (const [name, item] of Object.entries(value)) {
      if (free.has(name)) continue;
      const shown = printable(name);
      if (shown !== name) {
        delete value[name];
        value[shown] = item;
      }
      showAll(value, shown, item);
    }
  }
}
