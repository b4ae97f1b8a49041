/** Far above the size of any event, in bytes. A file without line breaks is not Hubble's. */
export const maxEventSize = 16 << 20;

/** Extracts objects from a text in which they span several lines or are in a list, as jq and grpcurl print them. */
export class Values {
  private rest = "";
  /** How much of the rest has been scanned. */
  private at = 0;
  private depth = 0;
  private isText = false;
  private line = 1;
  /** The line that the object begins in. */
  private begins = 1;

  constructor(private readonly take: (object: string, line: number, isLast: boolean) => void) {}

  add(text: string): void {
    this.rest += text;
    let start = this.depth > 0 ? 0 : this.at;
    const marks = /["\\{}\n]/g;
    marks.lastIndex = this.at;
    let end = this.rest.length;
    for (let mark = marks.exec(this.rest); mark !== null; mark = marks.exec(this.rest)) {
      const [sign] = mark;
      if (sign === "\\") {
        // Together with the character that it escapes, which may be in the next block.
        if (mark.index + 1 === this.rest.length) end = mark.index;
        marks.lastIndex = mark.index + 2;
      } else if (sign === "\n") this.line++;
      else if (sign === '"') this.isText = !this.isText;
      else if (!this.isText && sign === "{" && this.depth++ === 0) {
        start = mark.index;
        this.begins = this.line;
      } else if (!this.isText && sign === "}" && this.depth > 0 && --this.depth === 0) {
        this.take(this.rest.slice(start, mark.index + 1), this.begins, false);
        start = mark.index + 1;
      }
    }
    if (this.depth === 0) start = end;
    this.rest = this.rest.slice(start);
    this.at = end - start;
    if (this.rest.length > maxEventSize)
      throw new Error(
        `what begins in line ${this.begins} is larger than ${maxEventSize >> 20} MiB, so it is not recorded traffic`,
      );
  }

  /** Passes on an object that is incomplete at the end of the text. */
  end(): void {
    if (this.depth > 0) this.take(this.rest, this.begins, true);
  }
}
