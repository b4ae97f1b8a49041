import type { Place, Position } from "../../common/problem";

/** The annotation of a policy that silences rules of lint for it. Each line of its value is one ignore. */
export const ignoreAnnotation = "meshfence/ignore";

/** The beginning of a comment that turns off rules for the place below it. */
const ignoreComment = /^meshfence-ignore\b:?/;

/** Rules of lint that are not to speak of something, and why. */
export interface Ignore {
  rules: readonly string[];
  /** Absent: none is given. */
  reason?: string;
  place: Place;
  /** Its subject: a whole object, or a part of a file. */
  about: { object: string } | { file: string; from: Position; to: Position };
}

/** `rule, other-rule -- reason`. Undefined: the comment is none. */
export function commentIgnore(text: string): Pick<Ignore, "rules" | "reason"> | undefined {
  const start = ignoreComment.exec(text);
  return start === null ? undefined : parsed(text.slice(start[0].length));
}

/** The ignores of an annotation's value, one a line. */
export function annotationIgnores(value: string): Pick<Ignore, "rules" | "reason">[] {
  return value.split("\n").filter(isText).map(parsed);
}

function parsed(text: string): Pick<Ignore, "rules" | "reason"> {
  const [names = "", ...rest] = text.split(/(?:^|\s)--(?:\s|$)/);
  const reason = rest.join(" -- ").trim();
  return { rules: names.split(/[\s,]+/).filter(isText), ...(reason !== "" && { reason }) };
}

const isText = (part: string) => part.trim() !== "";
