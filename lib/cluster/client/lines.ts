import { Writable } from "node:stream";

/** Longer than any event; a longer line is dropped. */
const maximumLine = 1024 * 1024;

/** Splits what is written to it into lines. */
export class Lines extends Writable {
  #rest = "";

  constructor(private readonly take: (line: string) => void) {
    super({ decodeStrings: false, defaultEncoding: "utf8" });
  }

  override _write(chunk: Buffer | string, _encoding: string, done: () => void): void {
    const lines = (this.#rest + chunk.toString("utf8")).split("\n");
    const rest = lines.pop() ?? "";
    this.#rest = rest.length > maximumLine ? "" : rest;
    for (const line of lines) this.take(line);
    done();
  }
}
