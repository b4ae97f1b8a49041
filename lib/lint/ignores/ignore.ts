import type { Place, Position } from "../../common/problem";

/** The annotation of a policy that silences rules of lint for it. Each line of its value is one ignore. */
export const ignoreAnnotation = "meshfence/ignore";

/** The prefix of a comment that silences rules for the lines below it. */
const ignoreComment = /^meshfence-ignore\b:?/;

/** Silences rules for a subject, with a reason. */
export interface Ignore {
  /** The ids of the rules. */
  rules: readonly string[];
  /** Absent: no reason is given. */
  reason?: string;
  place: Place;
  /** Its subject: a whole object, or a part of a file. */
  about: { object: string } | { file: string; from: Position; to: Position };
}

/** Parses `rule, other-rule -- reason`. Undefined if the comment is not an ignore. */
export function commentIgnore(text: string): Pick<Ignore, "rules" | "reason"> | undefined {
  const start = ignoreComment.exec(text);
  return start === null ? undefined : parsed(text.slice(start[0].length));
}

/** Parses the value of an annotation, one ignore per line. */
export function annotationIgnores(value: string): Pick<Ignore, "rules" | "reason">[] {
  return value.split("\n").filter(isText).map(parsed);
}

function parsed(text: string): Pick<Ignore, "rules" | "reason"> {
  const [names = "", ...rest] = text.split(/(?:^|\s)--(?:\s|$)/);
  const reason = rest.join(" -- ").trim();
  return { rules: names.split(/[\s,]+/).filter(isText), ...(reason !== "" && { reason }) };
}

const isText = (part: string) => part.trim() !== "";
