import { Expression, maxNesting, type Pipe, trimmed } from "./expression";
import { type Piece, piecesOf, type Token } from "./lexer";
import { TemplateError } from "./values";

export type Node =
  | { kind: "text"; text: string }
  | { kind: "action"; pipe: Pipe }
  | { kind: "if" | "with" | "range"; pipe: Pipe; body: Node[]; otherwise: Node[] }
  | { kind: "break" | "continue" }
  | { kind: "template"; name: string; pipe: Pipe | undefined };

export interface Template {
  nodes: Node[];
  /** The named templates that `define` and `block` declare. */
  named: Map<string, Node[]>;
}

/**
 * Parses a template of Go's `text/template`.
 *
 * @param functions The functions that may be called.
 * @throws TemplateError if Go reports an error
 */
export function parse(
  text: string,
  functions: { has(name: string): boolean },
  delimiters: readonly [string, string] = ["{{", "}}"],
): Template {
  return new Parser(piecesOf(text, delimiters), functions).template();
}

class Parser {
  private at = 0;
  private depth = 0;
  private loops = 0;
  private variables = ["$"];
  private readonly named = new Map<string, Node[]>();

  constructor(
    private readonly pieces: readonly Piece[],
    private readonly functions: { has(name: string): boolean },
  ) {}

  template(): Template {
    const { nodes, end } = this.list();
    if (end !== undefined) throw new TemplateError(`it has an unexpected {{${end[0]?.value ?? ""}}}`);
    return { nodes, named: this.named };
  }

  /** Nodes up to the end, or to an `end` or an `else`. */
  private list(): { nodes: Node[]; end: Token[] | undefined } {
    if (++this.depth > maxNesting) throw new TemplateError(`it is more than ${maxNesting} deep`);
    const nodes: Node[] = [];
    for (;;) {
      const piece = this.pieces[this.at++];
      if (piece === undefined) {
        this.depth--;
        return { nodes, end: undefined };
      }
      if ("text" in piece) {
        if (piece.text !== "") nodes.push({ kind: "text", text: piece.text });
        continue;
      }
      const tokens = trimmed(piece.tokens);
      const word = tokens[0]?.kind === "word" ? tokens[0].value : undefined;
      if (word === "end" || word === "else") {
        this.depth--;
        return { nodes, end: tokens };
      }
      const node = this.action(word, tokens);
      if (node !== undefined) nodes.push(node);
    }
  }

  private action(word: string | undefined, tokens: Token[]): Node | undefined {
    const rest = trimmed(tokens.slice(1));
    switch (word) {
      case "if":
      case "with":
      case "range":
        return this.branch(word, rest);
      case "break":
      case "continue":
        if (this.loops === 0 || rest.length > 0) throw new TemplateError(`it has a {{${word}}} outside of a range`);
        return { kind: word };
      case "define":
      case "block":
      case "template":
        return this.definition(word, rest);
      default:
        return { kind: "action", pipe: new Expression(tokens, this.functions, this.variables).whole() };
    }
  }

  private branch(kind: "if" | "with" | "range", tokens: Token[]): Node {
    const outer = this.variables.length;
    const pipe = new Expression(tokens, this.functions, this.variables, kind === "range").whole();
    if (kind === "range") this.loops++;
    const { nodes: body, end } = this.list();
    if (kind === "range") this.loops--;
    const otherwise = this.otherwise(kind, end);
    this.variables.length = outer;
    return { kind, pipe, body, otherwise };
  }

  private otherwise(kind: "if" | "with" | "range", end: Token[] | undefined): Node[] {
    if (end === undefined) throw new TemplateError(`its {{${kind}}} has no {{end}}`);
    const [first, ...others] = end;
    const rest = trimmed(others);
    if (first?.value === "end") {
      if (rest.length > 0) throw new TemplateError("it has more than {{end}} in an end");
      return [];
    }
    if (rest.length > 0) {
      const [next, ...more] = rest;
      if (next?.value !== kind || kind === "range") throw new TemplateError("it has more than {{else}} in an else");
      return [this.branch(kind, trimmed(more))];
    }
    const { nodes, end: last } = this.list();
    if (last?.[0]?.value !== "end") throw new TemplateError(`its {{${kind}}} has no {{end}}`);
    return nodes;
  }

  private definition(word: "define" | "block" | "template", tokens: Token[]): Node | undefined {
    const [name, ...others] = tokens;
    if (name?.kind !== "text") throw new TemplateError(`its {{${word}}} has no name`);
    const rest = trimmed(others);
    if (word === "template") {
      const pipe = rest.length === 0 ? undefined : new Expression(rest, this.functions, this.variables).whole();
      return { kind: "template", name: name.value, pipe };
    }
    const pipe = word === "block" ? new Expression(rest, this.functions, this.variables).whole() : undefined;
    const outer = this.variables;
    this.variables = ["$"];
    const { nodes, end } = this.list();
    this.variables = outer;
    if (end?.[0]?.value !== "end") throw new TemplateError(`its {{${word}}} has no {{end}}`);
    this.named.set(name.value, nodes);
    return pipe === undefined ? undefined : { kind: "template", name: name.value, pipe };
  }
}
