import type { CST, Document, YAMLError } from "yaml";
import { Composer, isScalar, Parser } from "yaml";
import { getOrMake } from "../../common/maps";
import type { Path, Position, Problem } from "../../common/problem";
import { addressedComments } from "../yaml/comments";
import { indentFlowLines } from "../yaml/flow-lines";
import { keyFaults } from "../yaml/keys";
import { type Chunk, chunksOf } from "../yaml/stream";
import { tabBeforeBlock } from "../yaml/tabs";
import { type ReadValue, readValue } from "../yaml/value";

/** One document of a file: its value, and where each part of it stands. */
export interface LocatedDocument {
  file: string;
  value: unknown;
  /**
   * Where the value at `path` starts, or the nearest enclosing one when the path does not exist; for a mapping's member, its key.
   * Empty for what stands in no file.
   */
  position(path: Path): Partial<Position>;
  /** A Fence of the program at its place makes it, from its edges. */
  byFence?: true;
  /** Its comments that are addressed to meshfence, or those of the file that it was made from. Absent: none. */
  comments?(): readonly LocatedComment[];
  /** Of what makes others: whether they are among the documents, or why not. Absent: nobody has tried. */
  made?: "seen" | MadeOutcome | undefined;
  /** Of what makes others: the charts that it installs. Absent: nobody has looked. */
  installs?: readonly Installed[];
}

/** A chart that is installed, with its values. */
export interface Installed {
  /** Its name, or an address that ends with it. */
  chart: string;
  /** Where it goes, if that is said. */
  namespace?: string;
  values: Readonly<Record<string, unknown>>;
}

/** A comment that begins with `meshfence-`. */
export interface LocatedComment extends Position {
  file: string;
  /** Without its `#` and the blanks around it. */
  text: string;
  /** Where what it speaks of begins, and where it has ended. */
  from: Position;
  to: Position;
}

/** Why the objects that something makes are not among the documents, or may be others. */
export interface MadeOutcome {
  reason: string;
  /** What in the reason is this one's own; see `Unseen.detail`. */
  detail?: string | undefined;
  fix: string;
}

/** The same, seen from a value inside it: an item of a List, for instance. */
export function within(document: LocatedDocument, base: Path, value: unknown): LocatedDocument {
  const { file, comments } = document;
  return { file, value, position: (path) => document.position([...base, ...path]), ...(comments && { comments }) };
}

/**
 * Reads YAML or JSON the way kubectl does, which tests/oracle/kubectl.ts holds it to: documents as `chunksOf` parts them, scalars and merge keys as
 * `readValue` has them. What kubectl reads otherwise is a problem. Documents with syntax errors are reported and left out; of a template that is
 * no YAML yet, everything is, and one problem says so.
 */
export function readYaml(text: string, file: string): YamlFile {
  const read = readDocuments(text, file);
  const template = read.problems.length > 0 ? templateStart.exec(text) : null;
  if (template === null) return read;
  const before = text.slice(0, template.index + template[0].length - "{{".length);
  const place = { line: before.split("\n").length, column: before.length - before.lastIndexOf("\n") };
  const message =
    'holds "{{" where YAML has a value: it is a template, of which nothing is read. Render it first, e.g. with `helm template`';
  return { documents: [], problems: [{ code: "template", file, ...place, message }] };
}

/**
 * Reads as {@link readYaml} does, and what it has read before not again: two states of a repository have most of their files in common. Their
 * values are then the same objects, which nobody may change.
 */
export function rememberingReader(): typeof readYaml {
  const known = new Map<string, YamlFile>();
  return (text, file) => {
    const { documents, problems } = getOrMake(known, text, () => readYaml(text, file));
    return {
      documents: documents.map(({ comments, ...document }) => ({
        ...document,
        file,
        ...(comments && { comments: () => comments().map((comment) => ({ ...comment, file })) }),
      })),
      problems: problems.map((problem) => ({ ...problem, file })),
    };
  };
}

export interface YamlFile {
  documents: LocatedDocument[];
  problems: Problem[];
}

/** `{{` where a line, an item or a value begins. Within text (of an alert, say) it means nothing to YAML. */
const templateStart = /^[^\S\n]*(?:-[^\S\n]+)?\{\{|:[^\S\n]+\{\{/m;

function readDocuments(text: string, file: string): YamlFile {
  const documents: LocatedDocument[] = [];
  const problems: Problem[] = [];
  const at = positionsIn(text);
  const reportAt = (code: string, offset: number, message: string) =>
    problems.push({ code, file, ...at(offset), message });
  const { chunks, fault } = chunksOf(text);
  for (const chunk of chunks) {
    const document = chunk.json === undefined ? readChunk(chunk, at, reportAt) : readJson(chunk, chunk.json.value, at);
    if (document === undefined || document.value === null) continue;
    const { comments = [], ...located } = document;
    const placed = comments.map((comment) => ({ file, ...comment }));
    if (isShallow(document.value))
      documents.push({ file, ...located, ...(placed.length > 0 && { comments: () => placed }) });
    else reportAt("too-deep", chunk.start, tooDeep);
  }
  if (fault !== undefined) reportAt("syntax", fault.offset, fault.message);
  return { documents, problems };
}

type At = (offset: number) => Position;
type ReportAt = (code: string, offset: number, message: string) => void;
type Located = Pick<LocatedDocument, "value" | "position"> & { comments?: Omit<LocatedComment, "file">[] };

/** JSON is read as such; where something stands in it is worked out when somebody asks. */
function readJson({ start, text }: Chunk, value: unknown, at: At): Located {
  let offsetOf: ReadValue["offsetOf"] | undefined;
  const position = (path: Path) => {
    offsetOf ??= offsetsOf(text);
    return at(start + (offsetOf(path) ?? 0));
  };
  return { value, position };
}

function offsetsOf(text: string): ReadValue["offsetOf"] {
  const { documents } = parse(text);
  const [document] = documents;
  return document === undefined ? () => undefined : readValue(document, text).offsetOf;
}

function readChunk(chunk: Chunk, at: At, reportAt: ReportAt): Located | undefined {
  const odd = oddCharacter.exec(chunk.text);
  if (odd !== null) {
    const name = `U+${(odd[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
    const message = `holds ${name}, which YAML 1.1 takes for a line break or does not take at all; write it as an escape in double quotes`;
    reportAt("syntax", chunk.start + odd.index, message);
    return undefined;
  }
  let read: ReturnType<typeof parseLikeGo>;
  try {
    read = parseLikeGo(chunk.text);
  } catch (error) {
    // The parser reports what it finds in `errors`; this is for input that makes it give up.
    reportAt("syntax", chunk.start, `cannot be read as YAML: ${reason(error)}`);
    return undefined;
  }
  const { documents, original, deep } = read;
  const place = (offset: number) => chunk.start + original(offset);
  if (deep !== undefined) reportAt("too-deep", place(deep), tooDeep);
  const [document, ...others] = documents;
  if (deep !== undefined) return undefined;
  const marker = document === undefined || isEmpty(document) ? /^\.\.\./m.exec(chunk.text) : null;
  if (marker !== null)
    reportAt("syntax", place(marker.index), "ends a document that has not begun, which kubectl does not read");
  const tab = document !== undefined && document.errors.length > 0 ? undefined : tabBeforeBlock(read.text, read.tokens);
  if (tab !== undefined)
    reportAt("syntax", place(tab), "begins a line with a tab, which YAML does not take for indentation");
  if (document === undefined) return undefined;
  const behind = others.find((other) => !isEmpty(other) || other.errors.length > 0);
  if (behind !== undefined) {
    const message = "stands behind `...` without `---`, where kubectl does not read it; separate documents by `---`";
    reportAt("not-read", place(behind.contents?.range?.[0] ?? behind.range[0]), message);
  }
  complainOfSyntax(document.errors, place, reportAt);
  if (document.errors.length > 0 || tab !== undefined) return undefined;
  const { value, faults: valueFaults, offsetOf } = readValue(document, read.text);
  const faults = [...valueFaults, ...keyFaults(read.text, read.tokens)];
  for (const { code, offset, message } of faults)
    reportAt(mayHaveBeenObject(value) ? code : foreignProblem, place(offset), message);
  if (faults.some(({ code }) => code !== "duplicate-key")) return undefined;
  const start = document.contents?.range?.[0] ?? document.range[0];
  const comments = addressedComments(document, read.tokens, read.text, (offset) => at(place(offset)).line).map(
    ({ offset, text, range }) => ({
      ...at(place(offset)),
      text,
      from: at(place(range.start)),
      to: at(place(range.end)),
    }),
  );
  return { value, position: (path) => at(place(offsetOf(path) ?? start)), ...(comments.length > 0 && { comments }) };
}

/** The code of problems in a document that is no Kubernetes object. */
export const foreignProblem = "foreign";

/**
 * Whether a value is an object or was meant to be one: it has two of what objects have. Many other formats have one of them, such as a `kind` among
 * Helm's values or the `apiVersion` of a chart, and kubectl takes none of those.
 */
export function mayBeObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(mayBeObject);
  const said = ["apiVersion", "kind", "metadata", "spec", "specs", "items"].filter((key) => Object.hasOwn(value, key));
  return said.length > 1;
}

/** The same of a value of which something could not be read: what is left of it need not say everything. */
export function mayHaveBeenObject(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(mayHaveBeenObject);
  return mayBeObject(value) || Object.hasOwn(value, "apiVersion") || Object.hasOwn(value, "kind");
}

/** Whether there is nothing in a document but comments. */
function isEmpty({ contents }: Document.Parsed): boolean {
  return contents === null || (isScalar(contents) && contents.type === "PLAIN" && contents.source === "");
}

function complainOfSyntax(errors: readonly YAMLError[], place: (offset: number) => number, reportAt: ReportAt): void {
  for (const error of errors.slice(0, errorsShown))
    reportAt("syntax", place(error.pos[0]), lowerFirst(firstLine(error.message)));
  const [next] = errors.slice(errorsShown);
  if (next === undefined) return;
  const more = errors.length - errorsShown;
  const message = `${more === 1 ? "one more syntax error" : `${more} more syntax errors`} in this document`;
  reportAt("syntax", place(next.pos[0]), message);
}

/** Line and column of an offset. */
function positionsIn(text: string): At {
  let starts: number[] | undefined;
  return (offset) => {
    starts ??= lineStarts(text);
    let [low, high] = [0, starts.length];
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: offset - (starts[low] ?? 0) + 1 };
  };
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}

/** What go-yaml refuses, or takes for the end of a line, where others take it for text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const oddCharacter = /[\0-\x08\v\f\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|\r(?!\n)/;

interface Parsed {
  /** As it was parsed. */
  text: string;
  documents: Document.Parsed[];
  tokens: CST.Token[];
  /** Where something is nested too deep to be composed. */
  deep?: number;
}

/** Only text: what a scalar is, {@link readValue} says, and keys are compared there in one pass. */
const options = {
  version: "1.1",
  schema: "failsafe",
  uniqueKeys: false,
  logLevel: "silent",
} as const;

function parse(text: string): Parsed {
  const tokens = [...new Parser().parse(text)];
  const deep = tokens.find(isNestedTooDeep);
  if (deep !== undefined) return { text, documents: [], tokens, deep: deep.offset };
  return { text, documents: [...new Composer(options).compose(tokens)] as Document.Parsed[], tokens };
}

/** Indentation within brackets, which means nothing to Go, is mended where it is all that is wrong. */
function parseLikeGo(text: string): Parsed & { original: (offset: number) => number } {
  const first = parse(text);
  const errors = first.documents.flatMap((document) => document.errors);
  if (!errors.some(({ code }) => code === "TAB_AS_INDENT" || code === "BAD_INDENT"))
    return { ...first, original: (offset) => offset };
  const { text: indented, moved } = indentFlowLines(text, first.tokens);
  const second = parse(indented);
  const mended = second.documents.flatMap((document) => document.errors).length === 0;
  if (!mended || moved.size === 0) return { ...first, original: (offset) => offset };
  const is = positionsIn(indented);
  const lines = lineStarts(text);
  return {
    ...second,
    original: (offset) => {
      const { line, column } = is(offset);
      return (lines[line - 1] ?? 0) + Math.max(column - 1 - (moved.get(line - 1) ?? 0), 0);
    },
  };
}

/** One slip mostly has several errors in its wake. */
const errorsShown = 3;

const tooDeep = "is nested more than 100 levels deep, or contains itself";

/** No manifest comes close; beyond it, recursion over a value would not be safe. */
const maximumDepth = 100;

/** Told before the document is composed, by recursion: where the stack ends within a regular expression, Node itself ends. */
function isNestedTooDeep(token: CST.Token): boolean {
  let level = [token];
  for (let depth = 0; depth <= maximumDepth; depth++) {
    level = level.flatMap(tokensWithin);
    if (level.length === 0) return false;
  }
  return true;
}

function tokensWithin(token: CST.Token): CST.Token[] {
  if (token.type === "document") return token.value === undefined ? [] : [token.value];
  if (!("items" in token)) return [];
  return token.items.flatMap(({ key, value }) => [key, value]).filter((inner) => inner !== undefined && inner !== null);
}

/** False for an alias that stands for something around it, too: such a value has no end. */
function isShallow(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; depth <= maximumDepth; depth++) {
    level = [
      ...new Set(level.flatMap((item) => (typeof item === "object" && item !== null ? Object.values(item) : []))),
    ];
    if (level.length === 0) return true;
  }
  return false;
}

const firstLine = (text: string) => text.split("\n", 1)[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? text;
const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
const reason = (error: unknown) => firstLine(error instanceof Error ? error.message : String(error));
