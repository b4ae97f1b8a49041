import { type HelmValues, isMap } from "./helm-values";

/** An assignment that Helm refuses. */
export class BadAssignment extends Error {
  override readonly name = "BadAssignment";
}

/** Helm's own limit for list indices. */
const mostItems = 65_536;

/**
 * Sets values like `helm --set` (`a.b=1`, `a[0].b=x`, `a={x,y}`, `a\.b=1`, several separated by commas). Does not mutate the given values.
 *
 * @param asText As with `--set-string`, values stay text. Default false.
 * @throws BadAssignment if Helm refuses it
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

/** Escapes a text such that `--set` reads it literally. */
export const escapedForSet = (text: string): string => text.replaceAll(/[\\,[\]{}]/g, "\\$&");

/**
 * Sets a value like Flux at a `targetPath`: like `--set`, but as text if it is quoted, and literally if `literal` is set.
 *
 * @throws BadAssignment if Helm refuses it
 */
export function setAtPath(values: HelmValues, path: string, text: string, literal: boolean): HelmValues {
  if (literal) return setValues(values, `${path}=${escapedForSet(text)}`, true);
  const isQuoted = /^(['"]).*\1$/s.test(text);
  return setValues(values, `${path}=${isQuoted ? text.replaceAll(/^['"]+|['"]+$/g, "") : text}`, isQuoted);
}

/**
 * Sets Argo CD's parameters. Commas in them separate nothing, except in a list (`{a,b}`).
 *
 * @throws BadAssignment if Helm refuses one
 */
export function setParameters(values: HelmValues, parameters: readonly Record<string, unknown>[]): HelmValues {
  // Argo CD passes forced strings last, and only one parameter of each name.
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

  /** Reads a key and what follows it, and sets it in a mapping. */
  member(into: HelmValues): void {
    const [key, end] = this.until(".[=,");
    if (key === "" || key === "__proto__") throw new BadAssignment(`"${this.text}" has an empty key`);
    into[key] = this.behind(end, Object.hasOwn(into, key) ? into[key] : undefined, key);
  }

  /** Reads the value of a key or an item, depending on the character that ended its name. */
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

  /** Reads up to one of the end characters, unless a backslash escapes it. Returns the text and the end character. */
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
