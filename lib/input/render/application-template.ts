import { isRecord } from "../manifests/shape";

/** What a generator gives a template. */
export type Parameters = Readonly<Record<string, unknown>>;

interface Filled {
  value: unknown;
  unknown?: string;
}

/** A template with its parameters in place; what it asks for and is not given or is more than a name is told. */
export function fill(template: unknown, parameters: Parameters, inGo: boolean): Filled {
  let unknown: string | undefined;
  const text = (written: string) =>
    written.replaceAll(/\{\{-?\s*(.*?)\s*-?\}\}/gs, (whole, asked: string) => {
      const value = inGo ? inGoOf(asked, parameters) : plainOf(asked, parameters);
      if (value === undefined) unknown ??= asked;
      return value ?? whole;
    });
  const walk = (value: unknown): unknown => {
    if (typeof value === "string") return text(value);
    if (Array.isArray(value)) return value.map(walk);
    if (!isRecord(value)) return value;
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [text(key), walk(member)]));
  };
  const value = walk(template);
  return { value, ...(unknown !== undefined && { unknown }) };
}

function plainOf(asked: string, parameters: Parameters): string | undefined {
  return scalar(Object.hasOwn(parameters, asked) ? parameters[asked] : member(parameters, asked.split(".")));
}

type Word = { value: unknown } | undefined;

/** A pipeline of Go's templates: fields, literals, brackets and the functions below; undefined for all else. */
function inGoOf(asked: string, parameters: Parameters): string | undefined {
  const words = asked.match(/"(?:\\.|[^"\\])*"|`[^`]*`|[()|]|[^\s()|"`]+/g) ?? [];
  let at = 0;
  const pipeline = (): Word => {
    let piped: Word;
    for (let first = true; ; first = false) {
      piped = command(first ? [] : [piped]);
      if (piped === undefined || words[at] !== "|") return piped;
      at++;
    }
  };
  const command = (last: Word[]): Word => {
    const name = words[at] ?? "";
    if (!Object.hasOwn(functions, name)) return last.length > 0 ? undefined : operand();
    at++;
    const given: Word[] = [];
    while (at < words.length && words[at] !== "|" && words[at] !== ")") given.push(operand());
    const args = [...given, ...last];
    if (args.some((arg) => arg === undefined)) return undefined;
    const value = functions[name]?.(...args.map((arg) => arg?.value));
    return value === undefined ? undefined : { value };
  };
  const operand = (): Word => {
    const word = words[at++] ?? "";
    if (word === "(") {
      const inner = pipeline();
      return words[at++] === ")" ? inner : undefined;
    }
    if (word.startsWith("`")) return { value: word.slice(1, -1) };
    if (word.startsWith('"')) return quoted(word);
    if (/^-?\d+$/.test(word)) return { value: Number(word) };
    const [, field] = /^\.([\w.-]+)$/.exec(word) ?? [];
    const value = field === undefined ? undefined : member(parameters, field.split("."));
    return { value };
  };
  const result = pipeline();
  return at === words.length && result !== undefined ? scalar(result.value) : undefined;
}

function quoted(word: string): Word {
  try {
    return { value: JSON.parse(word) as unknown };
  } catch {
    return undefined;
  }
}

const isText = (value: unknown): value is string => typeof value === "string";

/** Functions of sprig and of Argo CD that names are made with. What is not of the right type gives nothing. */
const functions: Readonly<Record<string, (...args: unknown[]) => unknown>> = {
  index: (list, ...keys) =>
    keys.reduce<unknown>(
      (at, key) =>
        Array.isArray(at) && typeof key === "number" ? at[key] : isText(key) ? member(at, [key]) : undefined,
      list,
    ),
  lower: (text) => (isText(text) ? text.toLowerCase() : undefined),
  upper: (text) => (isText(text) ? text.toUpperCase() : undefined),
  trim: (text) => (isText(text) ? text.trim() : undefined),
  quote: (text) => (scalar(text) === undefined ? undefined : JSON.stringify(scalar(text))),
  toString: (text: unknown) => scalar(text),
  trimSuffix: (end, text) =>
    isText(text) && isText(end) ? (text.endsWith(end) ? text.slice(0, text.length - end.length) : text) : undefined,
  trimPrefix: (start, text) =>
    isText(text) && isText(start) ? (text.startsWith(start) ? text.slice(start.length) : text) : undefined,
  replace: (from, to, text) =>
    isText(from) && isText(to) && isText(text) ? text.replaceAll(from, () => to) : undefined,
  default: (otherwise, value) =>
    value === undefined || value === "" || value === 0 || value === false ? otherwise : value,
  normalize: (text: unknown) => (isText(text) ? normalized(text) : undefined),
};

/** A text as the name of an object, as Argo CD makes it. */
export const normalized = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/g, "-")
    .slice(0, 253)
    .replaceAll(/^[-.]+|[-.]+$/g, "");

export const member = (value: unknown, keys: readonly string[]): unknown =>
  keys.reduce<unknown>((at, key) => (isRecord(at) && Object.hasOwn(at, key) ? at[key] : undefined), value);

const scalar = (value: unknown): string | undefined =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
