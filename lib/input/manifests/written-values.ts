import { type Document, isMap, visit } from "yaml";
import type { Path } from "../../common/problem";
import type { Comment } from "../../reachability/explain/edits";
import { documentText, kubernetesDocument } from "../yaml/write";

/** Written as lists and mappings over several lines. Text that YAML 1.1 takes for something else is quoted. */
export function block(value: unknown, comments: readonly Comment[] = []): string[] {
  const document = kubernetesDocument(value);
  for (const { path, lines } of comments) comment(document, path, lines);
  return documentText(document).trimEnd().split("\n");
}

/** Puts a comment above a member or an item; above all where the path is empty. */
export function comment(document: Document, path: Path, lines: readonly string[]): void {
  const text = lines.map((line) => ` ${line}`).join("\n");
  const node = document.getIn(path, true);
  if (lines.length === 0) return;
  if (path.length === 0) document.commentBefore = text;
  else if (isMap(node)) node.commentBefore = text;
}

/** Writes values that stand within braces and brackets: as JSON where all around them is JSON, else as YAML. */
export class Braces {
  private readonly isJson: boolean;
  /** What each depth of JSON is indented by; empty where it is on one line. */
  private readonly unit: string;

  /** @param range Where the document stands in the text. */
  constructor(
    private readonly text: string,
    [start, end]: readonly [number, number, ...number[]],
  ) {
    const own = text.slice(start, end);
    this.isJson = own.startsWith("{") && isJson(own);
    this.unit = /^\{\r?\n([ \t]+)"/.exec(own)?.[1] ?? "";
  }

  /** @param at Where the value begins. */
  value(value: unknown, at: number): string {
    return this.isJson ? this.json(value, this.indentAt(at)) : flow(value);
  }

  /**
   * Items or members more.
   *
   * @param open Where the bracket or brace stands.
   * @param first Where the first item begins, or member; absent where there is none.
   */
  more(parts: readonly { key?: string; value: unknown }[], open: number, first: number | undefined): string {
    const isSpread =
      this.isJson && this.unit !== "" && (first === undefined || this.text.slice(open, first).includes("\n"));
    const outer = this.indentAt(open);
    const inner = outer + this.unit;
    const written = parts.map(({ key, value }) => {
      const text = !this.isJson ? flow(value) : isSpread ? this.json(value, inner) : JSON.stringify(value);
      if (key === undefined) return text;
      return this.isJson ? `${JSON.stringify(key)}:${this.blank}${text}` : `${key}: ${text}`;
    });
    if (!isSpread) return (first === undefined ? "" : `,${this.blank}`) + written.join(`,${this.blank}`);
    const lines = written.map((text) => `\n${inner}${text}`).join(",");
    return first === undefined ? `${lines}\n${outer}` : `,${lines}`;
  }

  private get blank(): string {
    return this.isJson && this.unit === "" && !/"[,:] /.test(this.text) ? "" : " ";
  }

  private json(value: unknown, indent: string): string {
    return JSON.stringify(value, undefined, this.unit).replaceAll("\n", `\n${indent}`);
  }

  /** The blanks that begin the line of a place. */
  private indentAt(place: number): string {
    return /^[ \t]*/.exec(this.text.slice(this.text.lastIndexOf("\n", place - 1) + 1))?.[0] ?? "";
  }
}

/** Whether a text is one JSON document; what only begins like it may be YAML of several, each in braces. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Written within braces, on one line. */
function flow(value: unknown): string {
  const document = kubernetesDocument(value);
  visit(document, {
    Collection: (_, collection) => {
      collection.flow = true;
    },
  });
  return documentText(document, { flowCollectionPadding: false }).trimEnd().replaceAll(/\n\s*/g, " ");
}
