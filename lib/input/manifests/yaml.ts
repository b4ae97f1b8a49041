import type { Document, YAMLError } from "yaml";
import { isScalar } from "yaml";
import { getOrMake } from "../../common/maps";
import type { Path, Problem } from "../../common/problem";
import { addressedComments } from "../yaml/comments";
import { keyFaults } from "../yaml/keys";
import { isShallow, parse, parseLikeGo } from "../yaml/parse";
import { type At, positionsIn } from "../yaml/positions";
import { type Chunk, chunksOf } from "../yaml/stream";
import { tabBeforeBlock } from "../yaml/tabs";
import { type ReadValue, readValue } from "../yaml/value";
import type { LocatedComment, LocatedDocument } from "./document";
import { foreignProblem, mayHaveBeenObject } from "./objects-by-shape";

/**
 * Reads YAML or JSON as kubectl does, which tests/oracle/kubectl.ts verifies: `chunksOf` splits documents, and `readValue` resolves scalars and merge
 * keys. Anything that kubectl would read differently is a problem. Documents with syntax errors are reported and left out. A template, which is not
 * YAML yet, is left out completely, with a single problem.
 */
export function readYaml(text: string, file: string): YamlFile {
  const read = readDocuments(text, file);
  const template = read.problems.length > 0 ? templateStart.exec(text) : null;
  if (template === null) return read;
  const before = text.slice(0, template.index + template[0].length - "{{".length);
  const place = { line: before.split("\n").length, column: before.length - before.lastIndexOf("\n") };
  const message =
    'holds "{{" where YAML has a value: it is a template, which is not read. Render it first, e.g. with `helm template`';
  return { documents: [], problems: [{ code: "template", file, ...place, message }] };
}

/**
 * Reads like {@link readYaml}, but each text only once, because two states of a repository have most of their files in common. Equal texts share
 * their values, which must not be modified.
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

/** `{{` at the start of a line, an item or a value. Inside text, such as that of an alert, it has no meaning in YAML. */
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
    if (chunk.json?.fault !== undefined) reportAt("syntax", chunk.start, chunk.json.fault);
    if (document === undefined || document.value === null) continue;
    const { comments = [], ...located } = document;
    const placed = comments.map((comment) => ({ file, ...comment }));
    if (isShallow(document.value))
      documents.push({ file, ...located, ...(placed.length > 0 && { comments: () => placed }) });
    else reportAt("too-deep", chunk.start, tooDeep);
  }
  if (fault !== undefined) reportAt("syntax", fault.offset, fault.message);
  const directive = chunks.map(directiveIn).find((offset) => offset !== undefined);
  if (directive !== undefined) {
    const isOurs = documents.some(({ value }) => mayHaveBeenObject(value));
    reportAt(isOurs ? "syntax" : foreignProblem, directive, directiveWords);
  }
  return { documents, problems };
}

/** The position of a directive such as `%YAML 1.1`, which only comments may precede. */
function directiveIn({ start, text, json }: Chunk): number | undefined {
  const found = json === undefined ? /^(?:\ufeff?(?:[^\S\n]*(?:#[^\n]*)?\n)*)%/.exec(text) : null;
  return found === null ? undefined : start + found[0].length - 1;
}

const directiveWords =
  "is a directive, with which kubectl reads nothing of the file from there on: it takes what stands before `---` by itself; remove the line";

type ReportAt = (code: string, offset: number, message: string) => void;
type Located = Pick<LocatedDocument, "value" | "position"> & { comments?: Omit<LocatedComment, "file">[] };

/** Reads JSON. Positions in it are computed on demand. */
function readJson({ start, text }: Chunk, value: unknown, at: At): Located {
  let offsetOf: ReadValue["offsetOf"] | undefined;
  const position = (path: Path) => {
    offsetOf ??= offsetsOf(text);
    return at(start + (offsetOf(path) ?? 0));
  };
  return { value, position };
}

/** The largest JSON, in characters and members, that is parsed again for positions. That takes many times the memory of reading it. */
const maxPositioned = { characters: 16 << 20, members: 1_000_000 };

function offsetsOf(text: string): ReadValue["offsetOf"] {
  if (text.length > maxPositioned.characters || separatorsIn(text) > maxPositioned.members) return () => undefined;
  const { documents } = parse(text);
  const [document] = documents;
  return document === undefined ? () => undefined : readValue(document, text).offsetOf;
}

function separatorsIn(text: string): number {
  let found = 0;
  if (text.length > maxPositioned.members)
    for (let at = 0; at < text.length; at++) if (text[at] === "," || text[at] === ":" || text[at] === "[") found += 1;
  return found;
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
    // The parser reports errors in `errors`. It throws only for input that makes it give up.
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
    reportAt("syntax", place(tab), "begins a line with a tab, which YAML does not accept as indentation");
  if (document === undefined) return undefined;
  const behind = others.find((other) => !isEmpty(other) || other.errors.length > 0);
  if (behind !== undefined) {
    const message = "follows `...` without `---`, where kubectl does not read it; separate documents by `---`";
    reportAt("not-read", place(behind.contents?.range?.[0] ?? behind.range[0]), message);
  }
  reportSyntax(document.errors, place, reportAt);
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

/** Whether a document holds only comments. */
function isEmpty({ contents }: Document.Parsed): boolean {
  return contents === null || (isScalar(contents) && contents.type === "PLAIN" && contents.source === "");
}

function reportSyntax(errors: readonly YAMLError[], place: (offset: number) => number, reportAt: ReportAt): void {
  for (const error of errors.slice(0, errorsShown))
    reportAt("syntax", place(error.pos[0]), lowerFirst(firstLine(error.message)));
  const [next] = errors.slice(errorsShown);
  if (next === undefined) return;
  const more = errors.length - errorsShown;
  const message = `${more === 1 ? "one more syntax error" : `${more} more syntax errors`} in this document`;
  reportAt("syntax", place(next.pos[0]), message);
}

/** Characters that go-yaml refuses or takes for line breaks, and other parsers take for text. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: this searches for control characters
const oddCharacter = /[\0-\x08\v\f\x0e-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]|\r(?!\n)/;

/** The number of errors to report. One mistake usually causes several. */
const errorsShown = 3;

const tooDeep = "is nested more than 100 levels deep, or contains itself";

/** Removes what the parser quotes from the text, which may be a secret instead of a manifest. */
const firstLine = (text: string) =>
  text
    .split("\n", 1)[0]
    ?.replace(/ at line \d+, column \d+:?$/, "")
    .replace(/(token in YAML (stream|document)|not a YAML token|includes extra characters): .*$/i, "$1") ?? text;
const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
const reason = (error: unknown) => firstLine(error instanceof Error ? error.message : String(error));
