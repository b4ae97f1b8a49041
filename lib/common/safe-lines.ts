import { StringDecoder } from "node:string_decoder";
import { safeOutput } from "./printable";

/**
 * Forwards a foreign program's output, made safe line by line, so that neither a character nor a command to GitHub's runner slips through in two
 * chunks.
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

  /** Writes what follows the last line end. */
  end(): void {
    const text = this.rest + this.decoder.end();
    this.rest = "";
    if (text !== "") this.write(`${safeOutput(text)}\n`);
  }
}
