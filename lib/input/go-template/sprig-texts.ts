import { createHash } from "node:crypto";
import path from "node:path";
import { fn, type GoFunction, variadic } from "./functions";
import { quoted } from "./printf";
import { compareTexts, type GoList, type GoValue, NotEvaluated, printed, TemplateError, TextMap } from "./values";

const isString = (value: GoValue): value is string => typeof value === "string";

/** Converts anything to a string like sprig. */
export const textOf = (value: GoValue): string => (isString(value) ? value : printed(value));

/** The strings of a list, without null items, or of a single value. */
export function textsOf(value: GoValue): string[] {
  if (Array.isArray(value)) return value.filter((item) => item !== null && item !== undefined).map(textOf);
  return value === null || value === undefined ? [] : [textOf(value)];
}

/** sprig's functions for strings. */
export const texts: readonly [string, GoFunction][] = [
  ["trim", fn(["string"], (text: string) => trimmedBlanks(text))],
  ["upper", fn(["string"], (text: string) => [...text].map(upper).join(""))],
  ["lower", fn(["string"], (text: string) => text.toLowerCase())],
  ["title", fn(["string"], (text: string) => text.replaceAll(/(?<![\p{L}\p{Nd}_'])\p{L}/gu, upper))],
  [
    "untitle",
    fn(["string"], (text: string) =>
      text.replaceAll(/(^|\s)(\S)/gu, (_, gap: string, sign: string) => gap + sign.toLowerCase()),
    ),
  ],
  ["repeat", fn(["int", "string"], repeated)],
  ["trimAll", fn(["string", "string"], trimmedOf)],
  ["trimall", fn(["string", "string"], trimmedOf)],
  [
    "trimSuffix",
    fn(["string", "string"], (end: string, text: string) =>
      end !== "" && text.endsWith(end) ? text.slice(0, -end.length) : text,
    ),
  ],
  [
    "trimPrefix",
    fn(["string", "string"], (start: string, text: string) =>
      text.startsWith(start) ? text.slice(start.length) : text,
    ),
  ],
  ["nospace", fn(["string"], (text: string) => text.replaceAll(/[\s\x85]/gu, ""))],
  ["contains", fn(["string", "string"], (part: string, text: string) => text.includes(part))],
  ["hasPrefix", fn(["string", "string"], (start: string, text: string) => text.startsWith(start))],
  ["hasSuffix", fn(["string", "string"], (end: string, text: string) => text.endsWith(end))],
  ["replace", fn(["string", "string", "string"], replaced)],
  ["substr", fn(["int", "int", "string"], substring)],
  ["trunc", fn(["int", "string"], truncated)],
  ["indent", fn(["int", "string"], indented)],
  ["nindent", fn(["int", "string"], (blanks: bigint, text: string) => `\n${indented(blanks, text)}`)],
  [
    "quote",
    variadic([], "any", (...values: GoValue[]) =>
      present(values)
        .map((value) => quoted(textOf(value)))
        .join(" "),
    ),
  ],
  [
    "squote",
    variadic([], "any", (...values: GoValue[]) =>
      present(values)
        .map((value) => `'${printed(value)}'`)
        .join(" "),
    ),
  ],
  ["cat", variadic([], "any", (...values: GoValue[]) => present(values).map(printed).join(" "))],
  ["toString", fn(["any"], textOf)],
  ["toStrings", fn(["any"], textsOf)],
  ["join", fn(["string", "any"], (between: string, list: GoValue) => textsOf(list).join(between))],
  [
    "sortAlpha",
    fn(["any"], (list: GoValue) => (Array.isArray(list) ? textsOf(list).sort(compareTexts) : [textOf(list)])),
  ],
  ["split", fn(["string", "string"], (by: string, text: string) => numbered(parts(text, by)))],
  [
    "splitn",
    fn(["string", "int", "string"], (by: string, most: bigint, text: string) =>
      numbered(parts(text, by, Number(most))),
    ),
  ],
  ["splitList", fn(["string", "string"], (by: string, text: string) => parts(text, by))],
  [
    "plural",
    fn(["string", "string", "int"], (one: string, many: string, count: bigint) => (count === 1n ? one : many)),
  ],
  ["sha1sum", fn(["string"], (text: string) => hash("sha1", text))],
  ["sha256sum", fn(["string"], (text: string) => hash("sha256", text))],
  ["sha512sum", fn(["string"], (text: string) => hash("sha512", text))],
  ["b64enc", fn(["string"], (text: string) => Buffer.from(text).toString("base64"))],
  ["b64dec", fn(["string"], decoded)],
  ["base", fn(["string"], (text: string) => path.posix.basename(text) || (text === "" ? "." : "/"))],
  ["dir", fn(["string"], (text: string) => directory(text))],
  ["clean", fn(["string"], cleaned)],
  ["ext", fn(["string"], (text: string) => /\.[^./]*$/.exec(text)?.[0] ?? "")],
  ["isAbs", fn(["string"], (text: string) => text.startsWith("/"))],
  ["fail", fn(["string"], failed)],
];

/** Converts a letter to upper case, unless it would become two letters. */
function upper(sign: string): string {
  const made = sign.toUpperCase();
  return [...made].length === 1 ? made : sign;
}

function failed(message: string): never {
  throw new TemplateError(`it fails: ${message}`);
}

const present = (values: readonly GoValue[]) => values.filter((value) => value !== null && value !== undefined);

const trimmedBlanks = (text: string) => text.replace(/^[\s\x85]+/u, "").replace(/[\s\x85]+$/u, "");

const maxText = 1 << 20;

function repeated(count: bigint, text: string): string {
  if (count < 0n) throw new TemplateError("it repeats a text a negative number of times");
  if (Number(count) * text.length > maxText) throw new TemplateError("it generates more text than any real template");
  return text.repeat(Number(count));
}

function trimmedOf(signs: string, text: string): string {
  const set = new Set(signs);
  const all = [...text];
  const first = all.findIndex((sign) => !set.has(sign));
  const after = [...all].reverse().findIndex((sign) => !set.has(sign));
  return first < 0 ? "" : all.slice(first, all.length - after).join("");
}

function replaced(from: string, to: string, text: string): string {
  if (from === "") return to + [...text].map((sign) => sign + to).join("");
  return text.replaceAll(from, () => to);
}

/** Slices by bytes, as Go does. A cut inside a character gives no usable text. */
function bytesOf(text: string, from: number, to: number): string {
  const bytes = Buffer.from(text);
  if (from < 0 || to > bytes.length || from > to) throw new TemplateError("it takes a part beyond the end of a text");
  return bytes.subarray(from, to).toString("utf8");
}

function substring(start: bigint, end: bigint, text: string): string {
  const length = Buffer.byteLength(text);
  if (start < 0n) return bytesOf(text, 0, Number(end));
  return bytesOf(text, Number(start), end < 0n || end > length ? length : Number(end));
}

function truncated(count: bigint, text: string): string {
  const length = Buffer.byteLength(text);
  const most = Number(count);
  if (most < 0 && length + most > 0) return bytesOf(text, length + most, length);
  return most >= 0 && length > most ? bytesOf(text, 0, most) : text;
}

function indented(blanks: bigint, text: string): string {
  if (blanks < 0n || blanks > 1000n) throw new TemplateError("it indents by an invalid number of spaces");
  const pad = " ".repeat(Number(blanks));
  return pad + text.replaceAll("\n", `\n${pad}`);
}

function parts(text: string, by: string, most = -1): string[] {
  if (most === 0) return [];
  const all = by === "" ? [...text] : text.split(by);
  return most < 0 || all.length <= most ? all : [...all.slice(0, most - 1), all.slice(most - 1).join(by)];
}

const numbered = (list: readonly string[]) => new TextMap(list.map((text, index) => [`_${index}`, text]));

const hash = (algorithm: string, text: string) => createHash(algorithm).update(text).digest("hex");

function decoded(text: string): string {
  const bytes = Buffer.from(text, "base64");
  if (bytes.toString("base64") !== text.replaceAll(/[\r\n]/g, ""))
    throw new NotEvaluated("it decodes text that is not base64, which is not evaluated here");
  return bytes.toString("utf8");
}

function cleaned(text: string): string {
  const normal = path.posix.normalize(text);
  return normal === "/" ? normal : normal.replace(/\/$/, "");
}

const directory = (text: string) => cleaned(text.slice(0, text.lastIndexOf("/") + 1) || ".");

/** A list, for the parameter of a function that accepts any kind of list. */
export function listOf(value: GoValue, name: string): GoList {
  if (Array.isArray(value)) return value;
  throw new TemplateError(`it passes a value to ${name} that is not a list`);
}
