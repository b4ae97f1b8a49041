import type { WriteStream } from "node:tty";
import type { Paint } from "../plan";

type Terminal = Partial<Pick<WriteStream, "isTTY" | "hasColors">>;

/** Whether the stream is a terminal that shows colours, and the user has not said no (`NO_COLOR`). */
export function showsColours(stream: Terminal): boolean {
  return stream.isTTY === true && stream.hasColors?.() === true;
}

/** Colours where {@link showsColours}. */
export function terminalPaint(stream: Terminal): Paint {
  const colours = showsColours(stream);
  const style = (open: number, close: number) => (text: string) =>
    colours && text !== "" ? `\u001b[${open}m${text}\u001b[${close}m` : text;
  return { heading: style(1, 22), aside: style(2, 22) };
}
