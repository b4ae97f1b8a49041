import { type HelmValues, isMap } from "./helm-values";

/** What stands in an assignment is none to Helm. */
export class BadAssignment extends Error {
  override readonly name = "BadAssignment";
}

/** More than any list of values has; Helm's own bound. */
const mostItems = 65_536;

/**
 * The values with what `helm --set` puts into them (`a.b=1`, `a[0].b=x`, `a={x,y}`, `a\.b=1`, several with commas). The values given stay as they
 * are.
 *
 * @param asText As `--set-string`: numbers and the like are text.
 * @throws BadAssignment where Helm refuses it
 *
 * @example
 * setValues({ a: 1 }, "b.c[0]=true"); // { a: 1, b: { c: [true] } }
 */
export function setValues(values: HelmValues, assignments: string, asText = false): HelmValues {
  const result = structuredClone(values);
  const reader = new Reader(assignments, asText);
  while (!reader.ended) reader.member(result);
  return result;
}

/** Text in which `--set` reads nothing but itself. */
export const escapedForSet = (text: string): string => text.replaceAll(/[\\,[\]{}]/g, "\\$&");

/**
 * The values with what Flux puts at a `targetPath`: as `--set`, as text where it is quoted, and word for word where it is `literal`.
 *
 * @throws BadAssignment where Helm refuses it
 */
export function setAtPath(values: HelmValues, path: string, text: string, literal: boolean): HelmValues {
  if (literal) return setValues(values, `${path}=${escapedForSet(text)}`, true);
  const isQuoted = /^(['"]).*\1$/s.test(text);
  return setValues(values, `${path}=${isQuoted ? text.replaceAll(/^['"]+|['"]+$/g, "") : text}`, isQuoted);
}

/**
 * The values with Argo CD's parameters: commas in them part nothing, except in a list (`{a,b}`).
 *
 * @throws BadAssignment where Helm refuses one
 */
export function setParameters(values: HelmValues, parameters: readonly Record<string, unknown>[]): HelmValues {
  // Argo CD hands those that are text over last, and one of a name only once.
  const [typed, texts] = [new Map<string, string>(), new Map<string, string>()];
  for (const { name, value, forceString } of parameters) {
    if (typeof name !== "string") continue;
    const text = value === undefined || value === null ? "" : String(value);
    const isList = text.startsWith("{") && text.endsWith("}");
    const escaped = isList ? text : text.replaceAll(/(^|[^\\]),/g, "$1\\,").replaceAll(/(^|[^\\]),/g, "$1\\,");
    (forceString === true ? texts : typed).set(name, escaped);
  }
  let result = values;
  for (const [name, text] of typed) result = setValues(result, `${name}=${text}`);
  for (const [name, text] of texts) result = setValues(result, `${name}=${text}`, true);
  return result;
}

class Reader {
  private at = 0;

  constructor(
    private readonly text: string,
    private readonly asText: boolean,
  ) {}

  get ended(): boolean {
    return this.at >= this.text.length;
  }

  /** A key with what follows it, set in a mapping. */
  member(into: HelmValues): void {
    const [key, end] = this.until(".[=,");
    if (key === "" || key === "__proto__") throw new BadAssignment(`"${this.text}" has an empty key`);
    into[key] = this.behind(end, Object.hasOwn(into, key) ? into[key] : undefined, key);
  }

  /** What a key or an item becomes whose name has ended with a sign. */
  private behind(end: string | undefined, before: unknown, key: string): unknown {
    switch (end) {
      case ".": {
        const inner: HelmValues = isMap(before) ? before : {};
        this.member(inner);
        return inner;
      }
      case "[":
        return this.item(before);
      case "=":
        return this.text[this.at] === "{" ? this.list() : this.scalar(",")[0];
      default:
        throw new BadAssignment(`"${this.text}" gives "${key}" no value`);
    }
  }

  private item(before: unknown): unknown[] {
    const [word] = this.until("]");
    const index = Number(word);
    if (!/^\d+$/.test(word) || index > mostItems)
      throw new BadAssignment(`"${this.text}" has "${word}" as a list index`);
    const items: unknown[] = Array.isArray(before) ? before : [];
    while (items.length < index) items.push(null);
    const end = this.text[this.at++];
    items[index] = this.behind(end, items[index], `[${word}]`);
    return items;
  }

  private list(): unknown[] {
    this.at++;
    const items: unknown[] = [];
    if (this.text[this.at] === "}") this.at++;
    else
      for (;;) {
        const [value, end] = this.scalar(",}");
        items.push(value);
        if (end === undefined) throw new BadAssignment(`"${this.text}" has a list that does not end`);
        if (end === "}") break;
      }
    if (this.text[this.at] === ",") this.at++;
    return items;
  }

  private scalar(ends: string): [unknown, string | undefined] {
    const [word, end] = this.until(ends);
    return [this.asText ? word : typed(word), end];
  }

  /** The text up to one of some signs, of which a backslash takes what they mean; and which of them ended it. */
  private until(ends: string): [string, string | undefined] {
    let word = "";
    while (!this.ended) {
      const sign = this.text[this.at++] ?? "";
      if (ends.includes(sign)) return [word, sign];
      word += sign === "\\" ? (this.text[this.at++] ?? "") : sign;
    }
    return [word, undefined];
  }
}

function typed(word: string): unknown {
  if (/^(true|false)$/i.test(word)) return word.toLowerCase() === "true";
  if (/^null$/i.test(word)) return null;
  return /^(0|-?[1-9]\d*)$/.test(word) ? Number(word) : word;
}
