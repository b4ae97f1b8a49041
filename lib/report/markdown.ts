import { printable } from "../common/printable";

/** Text for a table cell or a line, escaped so that it does not become markup, a link or an @mention. */
export function escapeMarkdown(text: string): string {
  return (
    text
      .replace(/\s+/g, " ")
      .replace(/[\\`*_{}[\]<>|#~&$]/g, (character) => `\\${character}`)
      // GitHub links bare URLs and issue numbers, and notifies mentioned users, after it has removed the escapes.
      .replace(/(?<=:)(?=\/\/)|(?<=\bwww)(?=\.)|(?<=#)(?=\d)|(?<=\bGH-)(?=\d)|(?<=\b(?:mailto|xmpp):)/gi, "<!-- -->")
      .replace(/@(?=[\w.-])/g, "@<!-- -->")
  );
}

/** Text as code. A name with a backtick, a pipe or a line break, none of which Kubernetes allows, is escaped instead. */
export function code(text: string): string {
  return text === "" || /[`|\r\n\u0085\u2028\u2029]/.test(text) ? escapeMarkdown(text) : `\`${text}\``;
}

/** Text for HTML, on one line, because a blank line would end the element. */
export function escapeHtml(text: string): string {
  return printable(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** A code block that no run of backticks in the text can end. */
export function codeBlock(text: string, language = ""): string {
  const longest = (text.match(/`+/g) ?? []).reduce((most, run) => Math.max(most, run.length), 0);
  const fence = "`".repeat(Math.max(3, longest + 1));
  return `${fence}${language}\n${text}\n${fence}\n`;
}

/** A table, as lines. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), `|${" --- |".repeat(head.length)}`, ...rows.map(line)];
}

/** A folded section. */
export function details(title: string, content: readonly string[]): string[] {
  return [`<details><summary>${title}</summary>`, "", ...content, "</details>"];
}
