/** Code-unit order, so that output is the same under every locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const utf8 = new TextEncoder();

/** Bytes of a text in UTF-8, in Node and in a page alike. */
export function byteLength(text: string): number {
  return utf8.encode(text).length;
}
