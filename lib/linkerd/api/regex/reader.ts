import { dictionary } from "../../../common/maps";

/** Why Rust's `regex` does not compile a pattern. */
export class RegexError extends Error {}

export interface Flags {
  ignoreCase: boolean;
  multiLine: boolean;
  dotAll: boolean;
  swapGreed: boolean;
  unicode: boolean;
  crlf: boolean;
  /** Whether whitespace and `#` comments in the pattern are ignored. */
  verbose: boolean;
}

const LETTERS = dictionary<keyof Flags>({
  i: "ignoreCase",
  m: "multiLine",
  s: "dotAll",
  U: "swapGreed",
  u: "unicode",
  R: "crlf",
  x: "verbose",
});

/** Reads a pattern code point by code point, and tracks the flags at the current position. */
export class Reader {
  flags: Flags = {
    ignoreCase: false,
    multiLine: false,
    dotAll: false,
    swapGreed: false,
    unicode: true,
    crlf: false,
    verbose: false,
  };
  private readonly characters: readonly string[];
  private at = 0;

  constructor(pattern: string) {
    this.characters = [...pattern];
  }

  get done(): boolean {
    return this.at >= this.characters.length;
  }

  /** The next character; empty at the end. */
  get peek(): string {
    return this.characters[this.at] ?? "";
  }

  /** The character after the next one, without whitespace if the pattern is verbose. */
  get peekSecond(): string {
    let at = this.at + 1;
    while (this.flags.verbose && /^\s$/.test(this.characters[at] ?? "")) at++;
    return this.characters[at] ?? "";
  }

  next(): string {
    const character = this.peek;
    this.at++;
    return character;
  }

  take(character: string): boolean {
    if (this.peek !== character) return false;
    this.at++;
    return true;
  }

  startsWith(text: string): boolean {
    return [...text].every((character, offset) => this.characters[this.at + offset] === character);
  }

  takeAll(text: string): boolean {
    if (!this.startsWith(text)) return false;
    this.at += text.length;
    return true;
  }

  rest(): string {
    return this.characters.slice(this.at, this.at + 100).join("");
  }

  /** Reads up to and including `end`, and returns what is before it. */
  until(end: string): string {
    const start = this.at;
    while (!this.done && this.peek !== end) this.at++;
    if (this.done) throw new RegexError(`expected ${end} but got end of regex`);
    return this.characters.slice(start, this.at++).join("");
  }

  /** Skips whitespace and comments if the pattern is verbose. */
  skipSpace(): void {
    while (this.flags.verbose && !this.done) {
      const passed = /^(\s|#.*)/.exec(this.characters.slice(this.at).join(""))?.[0];
      if (passed === undefined) return;
      this.at += [...passed].length;
    }
  }

  decimal(): number {
    while (/^\s$/.test(this.peek)) this.at++;
    const start = this.at;
    while (/^[0-9]$/.test(this.peek)) this.at++;
    const digits = this.characters.slice(start, this.at).join("");
    while (/^\s$/.test(this.peek)) this.at++;
    if (digits === "") throw new RegexError("repetition quantifier expects a valid decimal");
    if (Number(digits) > 0xffff_ffff) throw new RegexError("decimal literal invalid");
    return Number(digits);
  }

  setFlag(letter: string, on: boolean): boolean {
    const flag = LETTERS[letter];
    if (flag === undefined) return false;
    this.flags = { ...this.flags, [flag]: on };
    return true;
  }
}
