/** Rewrites the text of an object before it is parsed. */
export type Rewrite = (text: string) => {
  text: string;
  /** Whether nothing is substituted later, so that anything that looks like a variable is plain text. */
  isFinal: boolean;
};

/** Changes nothing, and leaves open whether something else will. */
export const unchanged: Rewrite = (text) => ({ text, isFinal: false });
