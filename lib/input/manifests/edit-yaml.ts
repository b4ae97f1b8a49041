import { isDeepStrictEqual } from "node:util";
import {
  type Document,
  isCollection,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Pair,
  type ParsedNode,
  parseAllDocuments,
  type YAMLMap,
  type YAMLSeq,
} from "yaml";
import type { Path, Position } from "../../common/problem";
import { applyToList, type Comment, type Edit } from "../../reachability/explain/edits";
import { Braces, block, isJson } from "./written-values";

/** The edits of one object in a file. */
export interface ObjectEdits {
  /** The object's position. */
  at: Position;
  edits: readonly Edit[];
}

/**
 * Edits an object in a file. Everything else stays exactly as it is.
 *
 * @param at The object's position.
 * @returns undefined if the edit would change anything else, for example because of an alias
 */
export function editYaml(text: string, at: Position, edits: readonly Edit[]): string | undefined {
  if (!edits.some(({ action }) => action === "remove")) return editObjects(text, [{ at, edits }]);
  const documents = parse(text);
  const found = objectAt(text, documents, at);
  if (found === undefined || documents.some(({ errors }) => errors.length > 0)) return undefined;
  return found.base.length > 0 ? editedList(text, documents, found) : withoutDocument(text, documents, found.place);
}

/**
 * Edits several objects in a file, of which none may be removed. The file is parsed only once.
 *
 * @returns undefined if one of them cannot be edited
 */
export function editObjects(text: string, objects: readonly ObjectEdits[]): string | undefined {
  const documents = parse(text);
  if (documents.some(({ errors }) => errors.length > 0)) return undefined;
  const values = documents.map((each) => each.toJS() as unknown);
  const splices: Splice[] = [];
  for (const { at, edits } of objects) {
    const found = objectAt(text, documents, at);
    if (found === undefined) return undefined;
    const { document, place, base } = found;
    const braces = new Braces(text, document.contents?.range ?? [0, 0]);
    // A list may end where the list around it ends. The inner one is extended first.
    for (const edit of [...edits].sort(
      (a, b) => b.path.length - a.path.length || isNew(document, base, a) - isNew(document, base, b),
    )) {
      const made = spliceOf(text, braces, document, { ...edit, path: [...base, ...edit.path] });
      if (made === undefined) return undefined;
      splices.push(made);
    }
    [values[place]] = applyToList(
      [values[place]],
      edits.map((edit) => ({ ...edit, policy: 0, path: [...base, ...edit.path] })),
    );
  }
  const edited = spliced(text, splices);
  return isEqual(edited, values, text) ? edited : undefined;
}

interface Found {
  document: Document.Parsed;
  place: number;
  base: Path;
}

/** The object at a position. */
function objectAt(text: string, documents: readonly Document.Parsed[], at: Position): Found | undefined {
  const offset = offsetOf(text, at);
  for (const [place, document] of documents.entries()) {
    const base = pathTo(document.contents, offset, []);
    if (base !== undefined) return { document, place, base };
  }
  return undefined;
}

/** Whether a text has the intended value, and is still JSON if it was. */
function isEqual(edited: string, wanted: readonly unknown[], before: string): boolean {
  return isDeepStrictEqual(valuesOf(edited), wanted) && (isJson(edited) || !isJson(before));
}

/** Removes an item of a list of objects. */
function editedList(
  text: string,
  documents: readonly Document.Parsed[],
  { document, place, base }: Found,
): string | undefined {
  const edit: Edit = { policy: 0, action: "replace", path: base, values: [], words: "" };
  const splice = spliceOf(text, new Braces(text, document.contents?.range ?? [0, 0]), document, edit);
  if (splice === undefined) return undefined;
  const values = documents.map((each) => each.toJS() as unknown);
  [values[place]] = applyToList([values[place]], [edit]);
  const edited = spliced(text, [splice]);
  return isEqual(edited, values, text) ? edited : undefined;
}

/** Removes one of several documents, with the line that begins it or, for the first one, the line that begins the next. */
function withoutDocument(text: string, documents: readonly Document.Parsed[], place: number): string | undefined {
  const kept = documents.filter((_, other) => other !== place).map((each) => each.toJS() as unknown);
  const lines = text.split("\n");
  const begins = lines.flatMap((line, at) => (/^---(\s|$)/.test(line) ? [at] : []));
  const first = text.slice(0, documents[place]?.contents?.range[0] ?? 0).split("\n").length - 1;
  const from = begins.filter((at) => at <= first).at(-1);
  const next = begins.find((at) => at > first) ?? lines.length;
  // The last line ends at the end of the file.
  const end = next === lines.length && lines.at(-1) === "" ? next - 1 : next;
  const cut =
    from === undefined ? lines.slice(Math.min(next + 1, lines.length)) : [...lines.slice(0, from), ...lines.slice(end)];
  const edited = cut.join("\n");
  return isDeepStrictEqual(valuesOf(edited), kept) ? edited : undefined;
}

const valuesOf = (text: string): unknown[] =>
  parse(text).map((each) => (each.errors.length > 0 ? undefined : (each.toJS() as unknown)));

const isNew = (document: Document.Parsed, base: Path, { path }: Edit) => Number(!document.hasIn([...base, ...path]));

/** Appends a document to a file. */
export function appendYaml(text: string, value: object, comments: readonly Comment[] = []): string {
  const written = block(value, comments).join("\n");
  if (text.trim() === "") return `${written}\n`;
  return `${text.replace(/(\n(---|\.\.\.)?[^\S\n]*)*$/, "\n")}---\n${written}\n`;
}

interface Splice {
  start: number;
  end: number;
  text: string;
}

function parse(text: string): Document.Parsed[] {
  const parsed = parseAllDocuments(text, { version: "1.1", merge: true, logLevel: "silent" });
  return Array.isArray(parsed) ? (parsed as Document.Parsed[]) : [];
}

/** Applies splices from the end, so that offsets stay valid. Those at one offset keep their order. */
function spliced(text: string, splices: readonly Splice[]): string {
  const order = splices.map((splice, place) => ({ ...splice, place }));
  order.sort((a, b) => b.start - a.start || b.place - a.place);
  return order.reduce((all, { start, end, text: piece }) => all.slice(0, start) + piece + all.slice(end), text);
}

function spliceOf(
  text: string,
  braces: Braces,
  document: Document.Parsed,
  { action, path, values, comments = [] }: Edit,
): Splice | undefined {
  const last = path.at(-1) ?? "";
  const parent = document.getIn(path.slice(0, -1), true);
  if (action === "replace")
    return isSeq(parent) ? replacement(text, braces, parent as YAMLSeq<ParsedNode>, Number(last), values) : undefined;
  const value = action === "set" ? values[0] : values;
  const list = document.getIn(path, true);
  if (list === undefined) {
    const within = comments.map((one) => ({ ...one, path: [last, ...one.path.slice(action === "set" ? 1 : 0)] }));
    return isMap(parent) ? newMember(text, braces, parent as YAMLMap, String(last), value, within) : undefined;
  }
  if (action === "set") {
    const [start, end] = (list as ParsedNode).range;
    return isCollection(list) && list.flow === true ? { start, end, text: braces.value(value, start) } : undefined;
  }
  return isSeq(list) ? addition(text, braces, list as YAMLSeq<ParsedNode>, values, comments) : undefined;
}

function addition(
  text: string,
  braces: Braces,
  list: YAMLSeq<ParsedNode>,
  values: readonly unknown[],
  comments: readonly Comment[],
): Splice | undefined {
  const last = list.items.at(-1);
  if (list.flow === true) {
    const open = list.range?.[0] ?? 0;
    const start = last === undefined ? open + 1 : last.range[1];
    const items = values.map((value) => ({ value }));
    return { start, end: start, text: braces.more(items, open, list.items[0]?.range[0]) };
  }
  const dash = last && dashBefore(text, last);
  if (last === undefined || dash === undefined) return undefined;
  return afterLine(text, endOf(last), indented(block(values, comments), dash - lineStart(text, dash)));
}

function replacement(
  text: string,
  braces: Braces,
  list: YAMLSeq<ParsedNode>,
  place: number,
  values: readonly unknown[],
): Splice | undefined {
  const item = list.items[place];
  if (item === undefined) return undefined;
  const [next, previous] = [list.items[place + 1], list.items[place - 1]];
  if (list.flow === true) {
    const [start, end] = item.range;
    if (values.length > 0) return { start, end, text: values.map((value) => braces.value(value, start)).join(", ") };
    if (next !== undefined) return { start, end: next.range[0], text: "" };
    return { start: previous?.range[1] ?? start, end, text: "" };
  }
  const dash = dashBefore(text, item);
  if (dash === undefined) return undefined;
  const start = lineStart(text, dash);
  const end = lineEnd(text, endOf(item));
  if (values.length === 0 && list.items.length === 1) {
    const key = text.lastIndexOf(":", dash) + 1;
    return { start: key, end, text: " []" };
  }
  // Only an item's dash may be on the line of the list's parent.
  if (text.slice(start, dash).trim() !== "") return undefined;
  if (values.length === 0) return { start, end: Math.min(end + 1, text.length), text: "" };
  return { start, end, text: itemLines(values, dash - start).join("\n") };
}

function newMember(
  text: string,
  braces: Braces,
  parent: YAMLMap,
  key: string,
  value: unknown,
  comments: readonly Comment[],
): Splice | undefined {
  const last = parent.items.at(-1) as Pair<ParsedNode, ParsedNode | null> | undefined;
  const first = parent.items[0] as Pair<ParsedNode, ParsedNode | null> | undefined;
  if (last === undefined || first === undefined) return undefined;
  const end = last.value === null ? last.key.range[1] : endOf(last.value);
  if (parent.flow === true)
    return { start: end, end, text: braces.more([{ key, value }], parent.range?.[0] ?? 0, first.key.range[0]) };
  const column = first.key.range[0] - lineStart(text, first.key.range[0]);
  return afterLine(text, end, indented(block({ [key]: value }, comments), column));
}

/** The insertion of lines after the line of an offset. */
function afterLine(text: string, place: number, lines: readonly string[]): Splice {
  // A block scalar ends with its line.
  const start = text[place - 1] === "\n" ? place - 1 : lineEnd(text, place);
  return { start, end: start, text: `\n${lines.join("\n")}` };
}

const itemLines = (values: readonly unknown[], column: number) =>
  values.flatMap((value) => indented(block([value]), column));
const indented = (lines: readonly string[], column: number) => lines.map((line) => " ".repeat(column) + line);

/** The end of the last scalar in a node. A collection's own end includes the blank lines and comments after it. */
function endOf(node: ParsedNode): number {
  if (!isCollection(node) || node.flow === true) return node.range[1];
  const last = node.items.at(-1);
  const inner = (isPair(last) ? (last.value ?? last.key) : last) as ParsedNode | null | undefined;
  return inner == null ? node.range[1] : endOf(inner);
}

/** The offset of an item's dash. */
function dashBefore(text: string, item: ParsedNode): number | undefined {
  const before = text.slice(0, item.range[0]).replace(/[^\S\n]*(#[^\n]*)?\n\s*$|[^\S\n]+$/, "");
  return before.endsWith("-") ? before.length - 1 : undefined;
}

const lineStart = (text: string, place: number) => text.lastIndexOf("\n", place - 1) + 1;
const lineEnd = (text: string, place: number) => {
  const end = text.indexOf("\n", place);
  return end < 0 ? text.length : end;
};

function offsetOf(text: string, { line, column }: Position): number {
  const lines = text.split("\n");
  return lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0) + column - 1;
}

/** The path to the mapping that begins at an offset. */
function pathTo(node: unknown, offset: number, path: Path): Path | undefined {
  if (isMap(node)) {
    if ((node as unknown as ParsedNode).range?.[0] === offset) return path;
    for (const { key, value } of node.items) {
      const found = pathTo(value, offset, [...path, String(isScalar(key) ? key.value : key)]);
      if (found !== undefined) return found;
    }
  }
  if (isSeq(node)) {
    for (const [place, item] of node.items.entries()) {
      const found = pathTo(item, offset, [...path, place]);
      if (found !== undefined) return found;
    }
  }
  return undefined;
}
