/** One thing that is wrong with what the user asked for. */
export interface Problem {
  /** The argument, as the user writes it: `workers`, `trustAnchors[1].generation`. */
  where: string;
  /** What is wrong, with the value. */
  what: string;
  /** What to do about it. */
  remedy: string;
}

/** Every problem in one message, so that the user fixes all of them in one go. `prefix` says whose arguments they are. */
export function describeProblems(problems: readonly Problem[], prefix: string): string {
  const count = problems.length === 1 ? "one problem" : `${problems.length} problems`;
  const lines = problems.map(({ where, what, remedy }) => `  ${where}: ${what}; ${remedy}`);
  return [`${prefix}: ${count}, nothing was created`, ...lines].join("\n");
}
