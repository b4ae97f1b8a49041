import { Document, parse, Scalar, visit } from "yaml";
import { fn, type GoFunction, variadic } from "./functions";
import { sprig } from "./sprig";
import { fromJson, type GoValue, NotEvaluated, TemplateError, toPlain } from "./values";

/** Makes an object name of a text like Argo CD's `normalize`. */
export const normalized = (text: string): string =>
  text
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]/gu, "-")
    .slice(0, 253)
    .replaceAll(/^[-.]+|[-.]+$/g, "");

/**
 * The functions of ApplicationSet templates.
 *
 * @param parse Parses YAML as Go does.
 */
export function argoFunctions(parse: (text: string) => unknown): ReadonlyMap<string, GoFunction> {
  return new Map([
    ...sprig,
    ["normalize", fn(["string"], normalized)],
    ["slugify", variadic([], "any", slugified)],
    ["toYaml", fn(["any"], (value: GoValue) => yamlOf(value).replace(/\n$/, ""))],
    ["fromYaml", fn(["string"], (text: string) => parsed(parse(text) ?? {}, false))],
    ["fromYamlArray", fn(["string"], (text: string) => parsed(parse(text) ?? [], true))],
  ] as [string, GoFunction][]);
}

/** The functions of ResourceSet templates in the Flux operator. */
export function operatorFunctions(inputs: GoValue): ReadonlyMap<string, GoFunction> {
  return new Map([
    ...[...sprig].filter(([name]) => !notInSlim.has(name)),
    ["inputs", fn([], () => inputs)],
    ["slugify", fn(["string"], (text: string) => slug(text, 63, true))],
    ["toYaml", fn(["any"], yamlOf)],
    ["mustToYaml", fn(["any"], yamlOf)],
  ] as [string, GoFunction][]);
}

/** The functions of sprig that the operator's smaller library lacks. */
const notInSlim: ReadonlySet<string> = new Set(
  "untitle nospace sha512sum merge mergeOverwrite mustMerge mustMergeOverwrite deepCopy mustDeepCopy push mustPush".split(
    " ",
  ),
);

function parsed(value: unknown, isList: boolean): GoValue {
  if (Array.isArray(value) !== isList || typeof value !== "object")
    throw new TemplateError(`it reads YAML that is no ${isList ? "list" : "mapping"}`);
  return fromJson(value);
}

/** Writes YAML like Go's library: sorted keys, lists without extra indentation, and the same quotes. */
export function yamlOf(value: GoValue): string {
  const document = new Document(toPlain(value), {
    version: "1.1",
    sortMapEntries: true,
    aliasDuplicateObjects: false,
  });
  visit(document, {
    Scalar: (_, node) => {
      if (typeof node.value === "string" && isOther(node.value)) node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return document.toString({ indentSeq: false, lineWidth: 0, singleQuote: true });
}

/** Whether a text needs quotes to stay text. */
const isOther = (text: string): boolean =>
  text !== "" && !/[:#]\s|\s$|^\s/.test(text) ? typeof parseYaml(text) !== "string" : text === "";

const parseYaml = (text: string): unknown => {
  try {
    return parse(text, { version: "1.1", logLevel: "silent" });
  } catch {
    return text;
  }
};

function slugified(...args: GoValue[]): string {
  const name = args.at(-1) ?? "";
  const [most, smart] = [args.length > 1 ? args[0] : 50n, args.length > 2 ? args[1] : true];
  if (typeof name !== "string" || typeof most !== "bigint" || typeof smart !== "boolean" || args.length > 3)
    throw new TemplateError("it calls slugify with invalid arguments");
  return slug(normalized(name), Number(most), smart);
}

/** Makes a URL segment of a text. A long one is cut, between words if `smart`. */
export function slug(text: string, most: number, smart: boolean): string {
  if (Buffer.byteLength(text) !== text.length)
    throw new NotEvaluated("it makes a slug of non-ASCII letters, which is not evaluated here");
  const whole = text.trim().replaceAll("&", "and").replaceAll("@", "at").toLowerCase();
  if (!smart && whole.length < most) return cleaned(whole);
  if (!smart) return cleaned(whole.slice(0, most));
  const made = cleaned(whole);
  if (most <= 0 || made.length <= most) return made;
  const end = made.lastIndexOf("-", most);
  return made.slice(0, end < 0 ? most : end);
}

const cleaned = (text: string): string =>
  text
    .replaceAll(/[^a-z0-9_-]/g, "-")
    .replaceAll(/-+/g, "-")
    .replaceAll(/^[-_]+|[-_]+$/g, "");
