/** Whether a code point is in a set. */
export type CharTest = (codePoint: number) => boolean;
