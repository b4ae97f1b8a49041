/** A place in a file, counted from 1 as editors do. */
export interface Position {
  line: number;
  column: number;
}

/** Something in the input that cannot mean what its author meant. The rest of the input is read all the same. */
export interface Problem extends Partial<Position> {
  file: string;
  /** The object it is about, e.g. `CiliumNetworkPolicy shop/db`. */
  object?: string;
  /** The field, e.g. `spec.ingress[0].toPorts`. */
  path?: string;
  message: string;
  /** Set when the object as a whole could not be used, so what it would have said is missing from every answer. */
  leftOut?: { kind?: string; name: string; namespace?: string };
}

/** One line, in the form that editors and CI turn into links: `file:line:column: object, path: message`. */
export function describeProblem(problem: Problem): string {
  const place = [problem.file, problem.line, problem.column].filter((part) => part !== undefined).join(":");
  const subject = [problem.object, problem.path].filter((part) => part !== undefined && part !== "").join(", ");
  return `${place}: ${subject === "" ? "" : `${subject}: `}${problem.message}`;
}

/** By file, then by place: the order in which a person works through them. */
export function compareProblems(a: Problem, b: Problem): number {
  return compareText(a.file, b.file) || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

/** Code-unit order, so that output is the same under every locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
