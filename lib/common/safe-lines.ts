import { StringDecoder } from "node:string_decoder";
import { safeOutput } from "./printable";

/**
 * Passes on what a foreign program prints, made safe line by line: neither a character nor a command to GitHub's runner comes through in two
 * pieces.
 */
export class SafeLines {
  private readonly decoder = new StringDecoder("utf8");
  private rest = "";

  constructor(private readonly write: (text: string) => void) {}

  add(chunk: Buffer): void {
    const text = this.decoder.write(chunk);
    const end = text.lastIndexOf("\n") + 1;
    if (end === 0) this.rest += text;
    else {
      this.write(safeOutput(this.rest + text.slice(0, end)));
      this.rest = text.slice(end);
    }
  }

  /** What follows the last line end. */
  end(): void {
    const text = this.rest + this.decoder.end();
    this.rest = "";
    if (text !== "") this.write(`${safeOutput(text)}\n`);
  }
}
