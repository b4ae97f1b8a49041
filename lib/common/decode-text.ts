/**
 * A file's text. UTF-8, unless a byte order mark says UTF-16, which is what PowerShell's `>` writes.
 *
 * @throws for anything else, which kubectl refuses as well. Read with replacement characters, a label would be another one.
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
  // No YAML may hold one; mostly it is UTF-16 without a mark.
  if (text.includes("\0")) throw new Error("it contains NUL, so it is not text in UTF-8; save it as UTF-8");
  return text;
}
