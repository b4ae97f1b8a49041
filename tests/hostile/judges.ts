import assert from "node:assert/strict";
import type { Nodes } from "mdast";
import { type DefaultTreeAdapterTypes, parse } from "parse5";
import { SaxesParser } from "saxes";

/** Fails if output would do or hide anything when a reader of its format shows it. */
export type Judge = (output: string) => Promise<void> | void;

/**
 * For a terminal and the log of GitHub's runner: no control characters except line breaks, no bidirectional marks, no commands, and no line that a
 * name starts.
 */
export const terminal: Judge = (output) => {
  assert.doesNotMatch(
    output,
    /[^\P{Cc}\n\t]|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u,
    "hidden characters",
  );
  assert.doesNotMatch(output, /^\s*::[a-z-]+.*::/im, "a command to the runner");
  assert.ok(!output.includes("##["), "an older command to the runner");
  assert.doesNotMatch(output, /^PWNED/m, "a line that a name began");
};

const ownHtml =
  /^(<!-- meshfence [\w ./-]+ -->|<!-- -->|<details><summary>[^<>]*(<code>[^<>]*<\/code>[^<>]*)?<\/summary>|<\/details>|<br>)$/;
const ownHeading =
  /^(Reachability|Resources|Manifests|Lint|Plan of|Traffic|Replay|Nothing was|The fence |This change would|All \d|\d[\d,]* |No )/;

/** For Markdown on GitHub: no links, images, mentions, references, HTML or headings except our own, and every table row as wide as its header. */
export const markdown: Judge = async (output) => {
  terminal(output);
  const [{ fromMarkdown }, { gfm }, { gfmFromMarkdown }] = await Promise.all([
    import("mdast-util-from-markdown"),
    import("micromark-extension-gfm"),
    import("mdast-util-gfm"),
  ]);
  const tree = fromMarkdown(output, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] });
  let depth = 0;
  const walk = (node: Nodes): void => {
    const kind = node.type;
    assert.ok(
      ![
        "link",
        "image",
        "linkReference",
        "imageReference",
        "definition",
        "footnoteReference",
        "footnoteDefinition",
      ].includes(kind),
      `${kind}: ${JSON.stringify(node).slice(0, 300)}`,
    );
    if (kind === "html") {
      for (const line of node.value.split("\n")) {
        assert.ok(ownHtml.test(line.trim()), `HTML that a name wrote: ${line}`);
        if (line.startsWith("<details>")) depth += 1;
        if (line.startsWith("</details>")) depth -= 1;
        assert.ok(depth >= 0, "an end of a fold that did not begin");
      }
    }
    if (kind === "heading")
      assert.match(plain(node), ownHeading, `a heading that a name wrote: ${plain(node).slice(0, 99)}`);
    if (kind === "code")
      assert.match(node.lang ?? "", /^(mermaid|diff|text|yaml|)$/, "a block of code that a name began");
    if (kind === "text") {
      assert.doesNotMatch(node.value, /(?<!`)@[\w-]/i, "a mention");
      assert.doesNotMatch(node.value, /(#|\bGH-)\d/, "a reference to an issue");
      assert.doesNotMatch(node.value, /:\/\/|\bwww\.\w/, "a bare address");
    }
    if (kind === "tableRow") assert.ok(node.children.length > 1);
    if (kind === "table") {
      const [head, ...rows] = node.children;
      for (const row of rows)
        assert.equal(row.children.length, head?.children.length, "a row that is not as wide as its table");
    }
    if ("children" in node) for (const child of node.children) walk(child);
  };
  walk(tree);
  assert.equal(depth, 0, "a fold that does not end");
};

function plain(node: Nodes): string {
  if ("value" in node) return node.value;
  return "children" in node ? node.children.map((child) => plain(child as Nodes)).join("") : "";
}

/** For XML: well-formed, with only these elements. */
export const xml =
  (elements: ReadonlySet<string>): Judge =>
  (output) => {
    const parser = new SaxesParser({ xmlns: true });
    parser.on("error", (error) => assert.fail(`not well-formed: ${error.message}`));
    parser.on("opentag", (tag) => {
      assert.ok(elements.has(tag.name), `an element that a name wrote: ${tag.name}`);
      for (const name of Object.keys(tag.attributes)) assert.doesNotMatch(name, /^on|href/i, "an attribute that acts");
    });
    parser.on("comment", () => assert.fail("a comment"));
    parser.write(output).close();
  };

export const svg: Judge = (output) => {
  terminal(output.replace(/<style>.*<\/style>/s, ""));
  xml(
    new Set(
      "svg title desc style defs rect g path text tspan marker circle pattern line polygon polyline use symbol".split(
        " ",
      ),
    ),
  )(output);
};

export const json: Judge = (output) => {
  terminal(output);
  JSON.parse(output);
};

export const jsonLines: Judge = (output) => {
  terminal(output);
  for (const line of output.trimEnd().split("\n")) if (line !== "") JSON.parse(line);
};

/** For HTML: only the elements that the page itself consists of. */
export const html: Judge = (output) => {
  const elements: string[] = [];
  const walk = (node: DefaultTreeAdapterTypes.Node): void => {
    if ("tagName" in node) {
      elements.push(node.tagName);
      for (const { name } of node.attrs) assert.doesNotMatch(name, /^on/, "an attribute that acts");
    }
    if (node.nodeName === "#comment") assert.fail("a comment");
    if ("childNodes" in node) for (const child of node.childNodes) walk(child);
  };
  walk(parse(output));
  assert.deepEqual(
    elements.sort(),
    [..."html head meta meta meta meta title style body div noscript script script script".split(" ")].sort(),
  );
};

/** For a Mermaid flowchart: one statement per line, of the known forms, with names only inside quotes that they cannot close. */
export const mermaid: Judge = (output) => {
  terminal(output);
  const [head, ...lines] = output.trimEnd().split("\n");
  assert.equal(head, "flowchart LR");
  const text = '"[^"`<>]*"';
  const forms = [
    `^ +n\\d+(\\[${text}\\]|\\(\\[${text}\\]\\))$`,
    `^  subgraph n\\d+\\[${text}\\]$`,
    "^  end$",
    `^  n\\d+ (-->|-\\.-x|-\\.->|==>)\\|${text}\\| n\\d+$`,
    "^  linkStyle [\\d,]+ [\\w:#,-]+$",
    `^  more\\[${text}\\]$`,
    "^  %% [^{}]*$",
  ].map((form) => new RegExp(form));
  for (const line of lines) {
    assert.ok(
      forms.some((form) => form.test(line)),
      `no statement of ours: ${JSON.stringify(line)}`,
    );
    for (const entity of line.match(/#[^;"]*;?/g) ?? [])
      assert.match(entity, /^#(\d+;|[\da-f]{6}\b)/, "an entity that a name wrote");
  }
};

export const judges: Readonly<Record<string, Judge>> = {
  text: terminal,
  markdown,
  json,
  jsonl: jsonLines,
  sarif: json,
  gitlab: json,
  mermaid,
  svg,
  html,
};
