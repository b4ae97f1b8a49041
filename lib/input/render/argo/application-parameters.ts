import { copied, type GoMap, type GoValue, printed, TemplateError, TextMap } from "../../go-template/values";
import { isRecord, memberAt } from "../../manifests/shape";
import type { Parameters } from "./application-template";

/** Labels or annotations. */
export function textsAt(value: unknown, part: string): TextMap {
  const texts = memberAt(value, ["metadata", part]);
  return new TextMap(Object.entries(isRecord(texts) ? texts : {}).map(([key, text]) => [key, String(text)]));
}

/** Without Go's templates an element of a list is texts alone, and `values` of such. */
export function textsOf(element: Record<string, unknown>): Parameters {
  const isText = (value: unknown): value is string => typeof value === "string";
  const { values, ...own } = element;
  if (values !== undefined && !isRecord(values))
    throw new TemplateError("the values of an element of its list are no mapping");
  const all = [
    ...Object.entries(own),
    ...Object.entries(values ?? {}).map(([key, value]) => [`values.${key}`, value] as const),
  ];
  const other = all.find(([, value]) => !isText(value));
  if (other !== undefined)
    throw new TemplateError(`${other[0]} of an element of its list is no text, as only goTemplate takes it`);
  return new Map(all as [string, string][]);
}

/** Parameters of two generators, of which both may say the same and not otherwise. */
export function combined(a: Parameters, b: Parameters): Parameters {
  const all = new Map<string, GoValue>([...a].map(([key, value]) => [key, textOf(value)]));
  for (const [key, value] of b) {
    const text = textOf(value);
    if ((all.get(key) ?? text) !== text)
      throw new TemplateError(`both generators of its matrix give ${key}, and not the same`);
    all.set(key, text);
  }
  return all;
}

const textOf = (value: GoValue) => (typeof value === "string" ? value : printed(value));

/** Maps into maps; of all else what is above. */
export function mergedOver(below: GoMap, above: GoMap): GoMap {
  const result = copied(below) as GoMap;
  for (const [key, value] of above) {
    const before = result.get(key);
    result.set(key, before instanceof Map && value instanceof Map ? mergedOver(before, value) : value);
  }
  return result;
}

/** Sets of parameters by those that tell them apart. */
export function byKeys(sets: readonly Parameters[], keys: readonly string[]): Map<string, Parameters> {
  const result = new Map<string, Parameters>();
  for (const set of sets) {
    const key = JSON.stringify(keys.map((one) => printed(set.get(one))));
    if (result.has(key)) throw new TemplateError(`its merge has two elements that are the same by ${keys.join(", ")}`);
    result.set(key, set);
  }
  return result;
}

/** Parameters as texts by their whole paths, as selectors see them. */
export function flat(set: GoMap, above = ""): Parameters {
  const result: Parameters = new Map();
  for (const [key, value] of set) {
    const at = `${above}${key}`;
    const inner = Array.isArray(value) ? new Map(value.map((item, index) => [String(index), item])) : value;
    if (!(inner instanceof Map) || inner.size === 0)
      result.set(at, inner instanceof Map ? printed(value) : textOf(inner));
    else for (const [path_, text] of flat(inner, `${at}.`)) result.set(path_, text);
  }
  return result;
}

/** Whether parameters are what a label selector asks for. */
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
