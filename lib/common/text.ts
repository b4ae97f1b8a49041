/** Code-unit order, so that output is the same under every locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const utf8 = new TextEncoder();

/** The number of bytes of a text in UTF-8; works in Node and in browsers. */
export function byteLength(text: string): number {
  return utf8.encode(text).length;
}
