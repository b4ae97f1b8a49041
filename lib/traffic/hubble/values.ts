/** No event comes close; a file without line ends is none of Hubble's. */
export const largestEvent = 16 << 20;

/** Takes objects out of a text in which they stand over several lines or in a list: what jq and grpcurl print. */
export class Values {
  private rest = "";
  /** So much of the rest has been looked through. */
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
        // With what it stands in front of, which may not be there yet.
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
    if (this.rest.length > largestEvent)
      throw new Error(
        `what begins in line ${this.begins} is larger than ${largestEvent >> 20} MiB, so it is not recorded traffic`,
      );
  }

  /** What the text ends within. */
  end(): void {
    if (this.depth > 0) this.take(this.rest, this.begins, true);
  }
}
