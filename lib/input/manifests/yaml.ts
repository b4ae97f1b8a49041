import type { CollectionTag, CST, Document, Node, Pair, ScalarTag } from "yaml";
import { Composer, isAlias, isMap, isScalar, isSeq, LineCounter, Parser, visit } from "yaml";
import { getOrMake } from "../../common/maps";
import type { Path, Position, Problem } from "../../common/problem";

/** One document of a file: its value, and where each part of it stands. */
export interface LocatedDocument {
  file: string;
  value: unknown;
  /**
   * Where the value at `path` starts, or the nearest enclosing one when the path does not exist; for a mapping's member, its key.
   * Empty for what stands in no file.
   */
  position(path: Path): Partial<Position>;
  /** Of what makes others: whether they are among the documents, or why not. Absent: nobody has tried. */
  made?: "seen" | MadeOutcome;
}

/** Why the objects that something makes are not among the documents, or may be others. */
export interface MadeOutcome {
  reason: string;
  fix: string;
}

/** The same, seen from a value inside it: an item of a List, for instance. */
export function within(document: LocatedDocument, base: Path, value: unknown): LocatedDocument {
  return { file: document.file, value, position: (path) => document.position([...base, ...path]) };
}

/** Aliases expand to at most this many nodes, so that a few lines cannot fill the memory ("billion laughs"). */
const maximumExpansion = 100;

/**
 * Reads YAML (or JSON) the way kubectl does: YAML 1.1 booleans (`yes`, `on`) and merge keys, but no timestamps or
 * sexagesimal numbers, which sigs.k8s.io/yaml leaves as text. Documents with syntax errors are reported and left out; of a template that is
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
      documents: documents.map((document) => ({ ...document, file })),
      problems: problems.map((problem) => ({ ...problem, file })),
    };
  };
}

interface YamlFile {
  documents: LocatedDocument[];
  problems: Problem[];
}

/** `{{` where a line, an item or a value begins. Within text (of an alert, say) it means nothing to YAML. */
const templateStart = /^[^\S\n]*(?:-[^\S\n]+)?\{\{|:[^\S\n]+\{\{/m;

function readDocuments(text: string, file: string): YamlFile {
  const lines = new LineCounter();
  const problems: Problem[] = [];
  const documents: LocatedDocument[] = [];
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const tooDeep = (place: Position) => {
    problems.push({
      code: "too-deep",
      file,
      ...place,
      message: `is nested more than ${maximumDepth} levels deep, or contains itself`,
    });
  };
  function* shallow(tokens: Iterable<CST.Token>): Generator<CST.Token> {
    for (const token of tokens) {
      if (isNestedTooDeep(token)) tooDeep(at(token.offset));
      else yield token;
    }
  }
  let parsed: Document.Parsed[];
  try {
    const tokens = new Parser(lines.addNewLine).parse(text);
    parsed = [...new Composer(kubernetesYaml).compose(shallow(tokens))] as Document.Parsed[];
  } catch (error) {
    // The parser reports what it finds in `errors`; this is for input that makes it give up.
    return {
      documents,
      problems: [{ code: "syntax", file, line: 1, column: 1, message: `cannot be read as YAML: ${reason(error)}` }],
    };
  }
  for (const document of parsed) {
    problems.push(
      ...document.errors
        .slice(0, errorsShown)
        .map((error) => ({ code: "syntax", file, ...at(error.pos[0]), message: lowerFirst(firstLine(error.message)) })),
    );
    const [next] = document.errors.slice(errorsShown);
    if (next !== undefined) {
      const more = document.errors.length - errorsShown;
      const message = `${more === 1 ? "one more syntax error" : `${more} more syntax errors`} in this document`;
      problems.push({ code: "syntax", file, ...at(next.pos[0]), message });
    }
    if (document.errors.length > 0) continue;
    const start = at(document.contents?.range?.[0] ?? document.range[0]);
    try {
      const odd = unusableKey(document);
      if (odd !== undefined) {
        const message = "a key that is not plain text; Kubernetes only knows text keys";
        problems.push({ code: "invalid-key", file, ...at(odd), message });
        continue;
      }
      const value: unknown = document.toJS({ maxAliasCount: maximumExpansion });
      if (value === null || value === undefined) continue;
      if (!isShallow(value)) {
        tooDeep(start);
        continue;
      }
      documents.push({ file, value, position: (path) => locate(document, path, at) ?? start });
    } catch (error) {
      problems.push({ code: "syntax", file, ...start, message: `cannot be read as YAML: ${reason(error)}` });
    }
  }
  return { documents, problems };
}

/** One slip mostly has several errors in its wake. */
const errorsShown = 3;

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

const foreignTags = /:(timestamp|binary|omap|pairs|set)$/;
const kubernetesYaml = {
  version: "1.1" as const,
  merge: true,
  stringKeys: false,
  logLevel: "silent" as const,
  customTags: (tags: (ScalarTag | CollectionTag | string)[]) =>
    tags.filter(
      (tag) =>
        typeof tag === "string" ||
        !(foreignTags.test(tag.tag) || ("format" in tag && (tag.format as string) === "TIME")),
    ) as ScalarTag[],
};

function unusableKey(document: Document.Parsed): number | undefined {
  let offset: number | undefined;
  visit(document, {
    Pair(_, pair) {
      const key = pair.key as Node | null;
      if (isScalar(key) || isAlias(key)) return undefined;
      offset = (key as Node | null)?.range?.[0] ?? 0;
      return visit.BREAK;
    },
  });
  return offset;
}

function locate(document: Document.Parsed, path: Path, at: (offset: number) => Position): Position | undefined {
  let node: unknown = document.contents;
  let found: Position | undefined;
  for (const part of path) {
    if (isAlias(node)) node = node.resolve(document);
    let next: unknown;
    let place: Node | undefined;
    if (isMap(node)) {
      const pair = findPair(node.items as Pair<Node, Node>[], part);
      place = pair?.key as Node | undefined;
      next = pair?.value;
    } else if (isSeq(node)) {
      next = node.items[Number(part)];
      place = next as Node | undefined;
    }
    if (place?.range === undefined || place.range === null) return found;
    found = at(place.range[0]);
    node = next;
  }
  return found;
}

function findPair(pairs: Pair<Node, Node>[], key: string | number): Pair<Node, Node> | undefined {
  return pairs.find((pair) => isScalar(pair.key) && String(pair.key.value) === String(key));
}

const firstLine = (text: string) => text.split("\n", 1)[0]?.replace(/ at line \d+, column \d+:?$/, "") ?? text;
const lowerFirst = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);
const reason = (error: unknown) => firstLine(error instanceof Error ? error.message : String(error));
