/** Compares by code units, so that the order is the same in every locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

const utf8 = new TextEncoder();

/** The length of a text in UTF-8, in bytes. Works in Node and in browsers. */
export function byteLength(text: string): number {
  return utf8.encode(text).length;
}
