import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

export const root = path.join(__dirname, "..", "..");

/** A fenced block of a document. */
export interface Block {
  language: string;
  text: string;
  /** Line number of the block's first line of text, from 1. */
  line: number;
}

export interface MarkdownFile {
  /** Relative to the repository. */
  name: string;
  text: string;
  blocks: Block[];
}

/** The documents: at the root, in docs, and of the oracle and the end-to-end test. */
export function markdownFiles(): MarkdownFile[] {
  const listed = ["", "docs", "tests/oracle", "tests/e2e"].flatMap((folder) =>
    readdirSync(path.join(root, folder))
      .filter((name) => name.endsWith(".md"))
      .map((name) => path.posix.join(folder, name)),
  );
  return listed.sort().map((name) => {
    const text = readFileSync(path.join(root, name), "utf8");
    return { name, text, blocks: blocksOf(text) };
  });
}

function blocksOf(text: string): Block[] {
  const blocks: Block[] = [];
  let open: Block | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const fence = /^\s*```(\w*)$/.exec(line);
    if (fence === null) {
      if (open) open.text += `${line}\n`;
    } else if (open === undefined) open = { language: fence[1] ?? "", text: "", line: index + 2 };
    else {
      blocks.push(open);
      open = undefined;
    }
  }
  if (open) throw new Error(`the block at line ${open.line} is not closed`);
  return blocks;
}

/** A document with its fenced blocks blanked, so that line numbers stay the same. */
export function proseOf({ text, blocks }: MarkdownFile): string {
  const lines = text.split("\n");
  for (const block of blocks) {
    const length = block.text.split("\n").length - 1;
    lines.fill("", block.line - 2, block.line + length);
  }
  return lines.join("\n");
}

/** The anchor that GitHub gives a heading. */
export function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replaceAll(" ", "-");
}

export function anchorsOf(file: MarkdownFile): Set<string> {
  const headings = [...proseOf(file).matchAll(/^#{1,6} (.+)$/gm)].map(([, heading = ""]) => heading);
  return new Set(headings.map((heading) => anchorOf(heading.replaceAll("`", ""))));
}

/** A table as the formatter writes it. */
export function table([head = [], ...rows]: string[][]): string {
  const widths = head.map((_, at) => Math.max(...[head, ...rows].map((row) => row[at]?.length ?? 0)));
  const line = (cells: readonly string[]) => `| ${cells.map((cell, at) => cell.padEnd(widths[at] ?? 0)).join(" | ")} |`;
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}
