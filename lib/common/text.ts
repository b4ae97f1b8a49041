/** Compares by code units, so that the order is the same in every locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** British English has no comma before the last: `a, b and c`. */
const formats = {
  and: new Intl.ListFormat("en-GB", { type: "conjunction" }),
  or: new Intl.ListFormat("en-GB", { type: "disjunction" }),
};

/** `a, b and c`, or `a, b or c`. */
export function enumerate(words: Iterable<string>, conjunction: "and" | "or" = "and"): string {
  return formats[conjunction].format(words);
}

const utf8 = new TextEncoder();

/** The length of a text in UTF-8, in bytes. Works in Node and in browsers. */
export function byteLength(text: string): number {
  return utf8.encode(text).length;
}
