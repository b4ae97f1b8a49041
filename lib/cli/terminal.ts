import type { WriteStream } from "node:tty";
import type { Paint } from "../plan";

/** Colours where the stream is a terminal that shows them, and the user has not said no (`NO_COLOR`). */
export function terminalPaint(stream: Partial<Pick<WriteStream, "isTTY" | "hasColors">>): Paint {
  const colours = stream.isTTY === true && stream.hasColors?.() === true;
  const style = (open: number, close: number) => (text: string) =>
    colours && text !== "" ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return { heading: style(1, 22), aside: style(2, 22) };
}
