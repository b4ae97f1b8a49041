import type { WriteStream } from "node:tty";

/** Whether the stream is a terminal that shows colours, and the user has not disabled them (`NO_COLOR`). */
export function showsColours(stream: Partial<Pick<WriteStream, "isTTY" | "hasColors">>): boolean {
  return stream.isTTY === true && stream.hasColors?.() === true;
}
