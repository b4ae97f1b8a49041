import { Writable } from "node:stream";

/** Keeps what is written to it, up to a size. */
export class Collector extends Writable {
  readonly #chunks: Buffer[] = [];
  #room: number;
  truncated = false;

  constructor(maximumBytes: number) {
    super();
    this.#room = maximumBytes;
  }

  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    if (chunk.length > this.#room) this.truncated = true;
    const kept = chunk.subarray(0, this.#room);
    this.#room -= kept.length;
    if (kept.length > 0) this.#chunks.push(kept);
    done();
  }

  get text(): string {
    return Buffer.concat(this.#chunks).toString("utf8");
  }
}
