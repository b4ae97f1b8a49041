import { characterOf, type Token } from "./lexer";
import { type GoValue, TemplateError } from "./values";

export interface Pipe {
  variables: string[];
  /** Whether it assigns with `=` instead of declaring with `:=`. */
  assigns: boolean;
  commands: Operand[][];
}

export type Operand =
  | { kind: "dot" | "nil" }
  | { kind: "function"; name: string }
  /** A field of the dot. */
  | { kind: "field"; path: string[] }
  | { kind: "variable"; name: string; path: string[] }
  | { kind: "pipe"; pipe: Pipe }
  | { kind: "chain"; of: Operand; path: string[] }
  | { kind: "constant"; value: GoValue; number?: boolean };

/** Deeper than any real template. */
export const maxNesting = 200;

/** Parses what is between the delimiters and is not a keyword: a pipeline. */
export class Expression {
  private at = 0;
  private depth = 0;

  constructor(
    private readonly tokens: readonly Token[],
    private readonly functions: { has(name: string): boolean },
    private readonly variables: string[],
    private readonly isRange = false,
  ) {}

  whole(): Pipe {
    const pipe = this.pipe(true);
    if (this.at < this.tokens.length) throw unexpected(this.tokens[this.at]);
    return pipe;
  }

  private pipe(declares: boolean): Pipe {
    if (++this.depth > maxNesting) throw new TemplateError(`it is more than ${maxNesting} deep`);
    const { variables, assigns } = declares ? this.declarations() : { variables: [], assigns: false };
    const commands: Operand[][] = [];
    do {
      const command = this.command();
      if (command.length === 0) throw new TemplateError("a pipeline of it is empty");
      const [{ kind }] = command as [Operand];
      if (commands.length > 0 && !["function", "field", "variable", "pipe", "chain"].includes(kind))
        throw new TemplateError("it pipes into a value that is not a function");
      commands.push(command);
    } while (this.skip("|"));
    this.depth--;
    return { variables, assigns, commands };
  }

  private declarations(): { variables: string[]; assigns: boolean } {
    const start = this.at;
    const names: string[] = [];
    for (;;) {
      const token = this.next();
      if (token?.kind !== "variable") break;
      names.push(token.value);
      if (this.isRange && names.length < 2 && this.skip(",")) continue;
      const assigns = this.skip("=");
      if (!assigns && !this.skip(":=")) break;
      for (const name of names) {
        if (!assigns) this.variables.push(name);
        else this.check(name);
      }
      return { variables: names, assigns };
    }
    this.at = start;
    return { variables: [], assigns: false };
  }

  private command(): Operand[] {
    const operands: Operand[] = [];
    for (;;) {
      this.blanks();
      const operand = this.operand();
      if (operand === undefined) return operands;
      operands.push(operand);
      const next = this.tokens[this.at];
      if (next !== undefined && next.kind !== "blank" && !["|", ")"].includes(next.value)) throw unexpected(next);
    }
  }

  private operand(): Operand | undefined {
    const token = this.tokens[this.at];
    if (token === undefined || (token.kind === "sign" && token.value !== "(" && token.value !== ".")) return undefined;
    this.at++;
    const of = this.term(token);
    const path = this.fields();
    if (path.length === 0) return of;
    if (of.kind === "field" || of.kind === "variable") return { ...of, path: [...of.path, ...path] };
    if (of.kind === "dot" || of.kind === "nil" || of.kind === "constant") throw unexpected(this.tokens[this.at - 1]);
    return { kind: "chain", of, path };
  }

  private term({ kind, value }: Token): Operand {
    if (kind === "text") return { kind: "constant", value };
    if (kind === "number") return { kind: "constant", value: numberOf(value), number: true };
    if (kind === "field") return { kind: "field", path: [value] };
    if (kind === "variable") {
      this.check(value);
      return { kind: "variable", name: value, path: [] };
    }
    if (value === "(") {
      const pipe = this.pipe(false);
      if (!this.skip(")")) throw new TemplateError("a parenthesis of it is not closed");
      return { kind: "pipe", pipe };
    }
    if (value === ".") return { kind: "dot" };
    if (value === "nil") return { kind: "nil" };
    if (value === "true" || value === "false") return { kind: "constant", value: value === "true" };
    if (!this.functions.has(value)) throw new TemplateError(`it calls ${value}, which is not a function`);
    return { kind: "function", name: value };
  }

  private fields(): string[] {
    const path: string[] = [];
    while (this.tokens[this.at]?.kind === "field") path.push(this.tokens[this.at++]?.value ?? "");
    return path;
  }

  private check(name: string): void {
    if (!this.variables.includes(name)) throw new TemplateError(`it uses the variable ${name}, which is not defined`);
  }

  private next(): Token | undefined {
    this.blanks();
    return this.tokens[this.at++];
  }

  private skip(sign: string): boolean {
    const start = this.at;
    const token = this.next();
    if (token?.kind === "sign" && token.value === sign) return true;
    this.at = start;
    return false;
  }

  private blanks(): void {
    while (this.tokens[this.at]?.kind === "blank") this.at++;
  }
}

const unexpected = (token: Token | undefined) =>
  new TemplateError(`it has an unexpected ${JSON.stringify(token?.value)} in an action`);

/** Removes leading spaces. */
export function trimmed(tokens: readonly Token[]): Token[] {
  const start = tokens.findIndex(({ kind }) => kind !== "blank");
  return start < 0 ? [] : tokens.slice(start);
}

function numberOf(written: string): GoValue {
  if (written.startsWith("'")) return characterOf(written);
  const digits = written.replaceAll("_", "");
  const [, sign = "", octal] = /^([+-]?)0([0-7]+)$/.exec(digits) ?? [];
  if (octal !== undefined) return BigInt(`0o${octal}`) * (sign === "-" ? -1n : 1n);
  if (/[.eE]/.test(digits) && !/^[+-]?0[xX]/.test(digits)) return Number(digits);
  const whole = BigInt(digits.replace(/^[+-]/, ""));
  return digits.startsWith("-") ? -whole : whole;
}
