import { printable } from "./printable";
import { compareText } from "./text";

/** From the root of an object, or of a component's arguments, to one of its members: `["spec", "ingress", 0]`. */
export type Path = readonly (string | number)[];

/** A place in a file, counted from 1 as editors do. */
export interface Position {
  /** Counted from 1. */
  line: number;
  /** Counted from 1. */
  column: number;
}

/** A place in a file. */
export interface Place extends Partial<Position> {
  /** The file as it was given; `-` is standard input, `cluster` a running cluster. */
  file: string;
}

/**
 * A mistake in the arguments of a component, in a manifest, a scenario or a policy. Every part of meshfence reports problems in this form, and
 * all of them at once.
 *
 * @example
 * const problem: Problem = {
 *   code: "invalid-port",
 *   path: ["ingress", 0, "ports", 1],
 *   message: "70000 is not a port number",
 *   fix: "use 1 to 65535",
 * };
 * formatProblem(problem); // ingress[0].ports[1]: 70000 is not a port number; use 1 to 65535
 */
export interface Problem extends Partial<Place> {
  /** The kind of problem, in kebab case. It is stable, so that programs can compare it. */
  code: string;
  /** The member that it is about. Absent or empty: the whole object. */
  path?: Path;
  /** What is wrong, with the value: the first half of a sentence. */
  message: string;
  /** What to write instead: the second half. */
  fix?: string;
  /** The object that it is about, e.g. `CiliumNetworkPolicy shop/db`. */
  object?: string;
  /** Other members that it involves. */
  related?: readonly Path[];
  /** The object, where all of it was left out: it is missing from every answer. */
  leftOut?: LeftOut;
}

/** An object that was left out. */
export interface LeftOut {
  /** Its kind, e.g. `CiliumNetworkPolicy`. */
  kind?: string;
  /** Its name. */
  name: string;
  /** Its namespace, if it has one. */
  namespace?: string;
}

/**
 * An error that carries every problem of what cannot be created or read, so that one round of repairs is enough.
 *
 * @example
 * try {
 *   networkPolicy({ name: "Web", namespace: "shop", endpointSelector: Endpoints.all() });
 * } catch (error) {
 *   if (!(error instanceof ProblemError)) throw error;
 *   for (const { code, path, message } of error.problems) console.error(code, path, message);
 * }
 */
export class ProblemError extends Error {
  /** The name of the class. */
  override readonly name: string = "ProblemError";

  constructor(
    /** The subject of the problems: `CiliumNetworkPolicy shop/db`, `Sandbox`, `configuration`. */
    readonly subject: string,
    /** Every problem. */
    readonly problems: readonly Problem[],
  ) {
    super(formatProblems(subject, problems));
  }
}

/**
 * A path in the notation that people use: `spec.ingress[0].matchLabels["app.kubernetes.io/name"]`. Empty for the whole.
 *
 * @example
 * formatPath(["spec", "ingress", 0, "matchLabels", "app.kubernetes.io/name"]); // spec.ingress[0].matchLabels["app.kubernetes.io/name"]
 */
export function formatPath(path: Path): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else if (text === "" && /^[\w-]+(:[\w-]+)?$/.test(part)) text = part;
    else if (/^[\w-]+$/.test(part)) text += `.${part}`;
    else text += `[${JSON.stringify(part)}]`;
  }
  return text;
}

/**
 * A file and a line, as editors and terminals turn them into links: `shop/db.yaml:12`. Without a file it is empty. The name of a file may hold
 * anything; control characters are escaped.
 *
 * @example
 * formatPlace({ file: "shop/db.yaml", line: 12 }); // shop/db.yaml:12
 */
export function formatPlace({ file, line }: { file?: string | undefined; line?: number | undefined }): string {
  if (file === undefined) return "";
  return printable(line === undefined ? file : `${file}:${line}`);
}

/**
 * One line, in the form that editors and CI turn into links: `file:line:column: object, path: message`.
 *
 * @example
 * formatProblem({ code: "invalid-port", path: ["ports", 1], message: "70000 is not a port number", fix: "use 1 to 65535" });
 */
export function formatProblem({ file, line, column, object, path = [], message, fix }: Problem): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(":");
  const subject = [object, formatPath(path)].filter((part) => part !== undefined && part !== "").join(", ");
  const sentence = fix === undefined ? message : `${message}; ${fix}`;
  return printable([place, subject, sentence].filter((part) => part !== "").join(": "));
}

/**
 * All problems in one message: the subject, and a line for each.
 *
 * @example
 * formatProblems("NetworkPolicy shop/web", [{ code: "missing", path: ["name"], message: "a policy must have a name" }]);
 */
export function formatProblems(subject: string, problems: readonly Problem[]): string {
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return [`${subject}: ${count}`, ...problems.map((problem) => `  ${formatProblem(problem)}`)].join("\n");
}

/** Orders problems by file, then by place. */
export function compareProblems(a: Problem, b: Problem): number {
  return compareText(a.file ?? "", b.file ?? "") || (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

/** Makes a problem with a member. */
export function problem(code: string, path: Path, message: string, fix?: string): Problem {
  return { code, path, message, ...(fix !== undefined && { fix }) };
}
