/** GitHub's limit for a comment, in characters. */
export const COMMENT_LIMIT = 65_536;
