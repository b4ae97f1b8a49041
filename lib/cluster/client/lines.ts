import { Writable } from "node:stream";

/** Longer than any event; whatever goes beyond is dropped up to the next line. */
const maximumLine = 1024 * 1024;

/** Hands over what is written to it line by line. */
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
