import { copied, type GoMap, type GoValue, printed, TemplateError, TextMap } from "../../go-template/values";
import { isRecord, memberAt } from "../../manifests/shape";
import type { Parameters } from "./application-template";

/** An object's `labels` or `annotations`. */
export function metadataTexts(value: unknown, part: string): TextMap {
  const texts = memberAt(value, ["metadata", part]);
  return new TextMap(Object.entries(isRecord(texts) ? texts : {}).map(([key, text]) => [key, String(text)]));
}

/**
 * The parameters of a list generator's element, without Go templates: strings alone, and `values` of strings.
 *
 * @throws TemplateError for any other value
 */
export function listElement(element: Record<string, unknown>): Parameters {
  const isText = (value: unknown): value is string => typeof value === "string";
  const { values, ...own } = element;
  if (values !== undefined && !isRecord(values))
    throw new TemplateError("the values of an element of its list are not a mapping");
  const all = [
    ...Object.entries(own),
    ...Object.entries(values ?? {}).map(([key, value]) => [`values.${key}`, value] as const),
  ];
  const other = all.find(([, value]) => !isText(value));
  if (other !== undefined)
    throw new TemplateError(`${other[0]} of an element of its list is not a string, which only goTemplate allows`);
  return new Map(all as [string, string][]);
}

/**
 * The parameters of both generators of a matrix, without Go templates.
 *
 * @throws TemplateError if they give a parameter different values
 */
export function combineStrictly(a: Parameters, b: Parameters): Parameters {
  const all = new Map<string, GoValue>([...a].map(([key, value]) => [key, textOf(value)]));
  for (const [key, value] of b) {
    const text = textOf(value);
    if ((all.get(key) ?? text) !== text)
      throw new TemplateError(`the generators of its matrix give ${key} different values`);
    all.set(key, text);
  }
  return all;
}

const textOf = (value: GoValue) => (typeof value === "string" ? value : printed(value));

/** Merges maps recursively. Any other value of `above` replaces that of `below`. */
export function deepMerge(below: GoMap, above: GoMap): GoMap {
  const result = copied(below) as GoMap;
  for (const [key, value] of above) {
    const before = result.get(key);
    result.set(key, before instanceof Map && value instanceof Map ? deepMerge(before, value) : value);
  }
  return result;
}

/**
 * Sets of parameters by the values of their merge keys.
 *
 * @throws TemplateError if two sets have the same values
 */
export function indexByKeys(sets: readonly Parameters[], keys: readonly string[]): Map<string, Parameters> {
  const result = new Map<string, Parameters>();
  for (const set of sets) {
    const key = JSON.stringify(keys.map((one) => printed(set.get(one))));
    if (result.has(key)) throw new TemplateError(`its merge has two elements with the same ${keys.join(", ")}`);
    result.set(key, set);
  }
  return result;
}

/** Parameters as strings by their full paths (`path.basename`), as selectors see them. */
export function flatten(set: GoMap, above = ""): Parameters {
  const result: Parameters = new Map();
  for (const [key, value] of set) {
    const at = `${above}${key}`;
    const inner = Array.isArray(value) ? new Map(value.map((item, index) => [String(index), item])) : value;
    if (!(inner instanceof Map) || inner.size === 0)
      result.set(at, inner instanceof Map ? printed(value) : textOf(inner));
    else for (const [path_, text] of flatten(inner, `${at}.`)) result.set(path_, text);
  }
  return result;
}

/** Whether flattened parameters match a label selector. */
export function isSelected(selector: unknown, set: GoMap): boolean {
  const labels = memberAt(selector, ["matchLabels"]);
  const expressions = memberAt(selector, ["matchExpressions"]);
  return (
    Object.entries(isRecord(labels) ? labels : {}).every(([key, value]) => set.get(key) === value) &&
    (Array.isArray(expressions) ? expressions : []).filter(isRecord).every(({ key, operator, values }) => {
      const value = set.get(String(key));
      const listed = Array.isArray(values) && value !== undefined && values.map(String).includes(String(value));
      if (operator === "In") return listed;
      if (operator === "NotIn") return !listed;
      return operator === "Exists" ? value !== undefined : value === undefined;
    })
  );
}
