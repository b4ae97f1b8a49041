/**
 * Decodes a file's text: UTF-8, or UTF-16 with a byte order mark, which PowerShell's `>` writes.
 *
 * @throws for anything else, which kubectl refuses, too. With replacement characters, a label would silently change.
 */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const encoding =
    first === 0xff && second === 0xfe ? "utf-16le" : first === 0xfe && second === 0xff ? "utf-16be" : "utf-8";
  let text: string;
  try {
    text = new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw new Error(`it is not all ${encoding === "utf-8" ? "UTF-8" : "UTF-16"}; save it as UTF-8`);
  }
  // YAML must not contain NUL. Most of such files are UTF-16 without a byte order mark.
  if (text.includes("\0")) throw new Error("it contains NUL, so it is not text in UTF-8; save it as UTF-8");
  return text;
}
