import { type Document, isMap, Scalar, visit } from "yaml";
import type { Path } from "../../common/problem";
import type { Comment } from "../../reachability/explain/edits";
import { documentText, kubernetesDocument } from "../yaml/write";

/** Writes a value in block style. Text that is not text in YAML 1.1 is quoted. */
export function block(value: unknown, comments: readonly Comment[] = []): string[] {
  const document = kubernetesDocument(value);
  for (const { path, lines } of comments) comment(document, path, lines);
  return documentText(document).trimEnd().split("\n");
}

/** Adds a comment above a member or an item, or above everything if the path is empty. */
export function comment(document: Document, path: Path, lines: readonly string[]): void {
  const text = lines.map((line) => ` ${line}`).join("\n");
  const node = document.getIn(path, true);
  if (lines.length === 0) return;
  if (path.length === 0) document.commentBefore = text;
  else if (isMap(node)) node.commentBefore = text;
}

/** Writes values inside braces and brackets: as JSON if everything around them is JSON, otherwise as YAML. */
export class Braces {
  private readonly isJson: boolean;
  /** The indentation of each level of JSON. Empty if it is on one line. */
  private readonly unit: string;

  /** @param range The document's range in the text. */
  constructor(
    private readonly text: string,
    [start, end]: readonly [number, number, ...number[]],
  ) {
    const own = text.slice(start, end);
    this.isJson = own.startsWith("{") && isJson(own);
    this.unit = /^\{\r?\n([ \t]+)"/.exec(own)?.[1] ?? "";
  }

  /** @param at The offset of the value. */
  value(value: unknown, at: number): string {
    return this.isJson ? this.json(value, this.indentAt(at)) : flow(value);
  }

  /**
   * Adds items or members.
   *
   * @param open The offset of the bracket or brace.
   * @param first The offset of the first item or member. Absent if there is none.
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

  /** The indentation of an offset's line. */
  private indentAt(place: number): string {
    return /^[ \t]*/.exec(this.text.slice(this.text.lastIndexOf("\n", place - 1) + 1))?.[0] ?? "";
  }
}

/** Whether a text is a single JSON document. One that only begins like JSON may be several YAML documents in braces. */
export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Writes a value in flow style, on one line. */
function flow(value: unknown): string {
  const document = kubernetesDocument(value);
  visit(document, {
    Collection: (_, collection) => {
      collection.flow = true;
    },
    Scalar: (_, scalar) => {
      // Within brackets, Go's parser refuses a plain `::/0`.
      if (typeof scalar.value === "string" && /^[?:]/.test(scalar.value)) scalar.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return documentText(document, { flowCollectionPadding: false }).trimEnd().replaceAll(/\n\s*/g, " ");
}
