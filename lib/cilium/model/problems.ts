import { type Path, type Problem, problem } from "../../common/problem";

/** Why something is refused, and what to write instead: the two halves of a problem's sentence. */
export type Refusal = Required<Pick<Problem, "message" | "fix">>;

/** Collects problems while a specification is checked. Each `at` goes one level deeper. */
export class Problems {
  constructor(
    private readonly found: Problem[] = [],
    private readonly path: Path = [],
  ) {}

  at(step: string | number): Problems {
    return new Problems(this.found, [...this.path, step]);
  }

  /** Adds a problem of the current member: its kind, what is wrong, and what to write instead. */
  add(code: string, message: string, fix?: string): void {
    this.found.push(problem(code, this.path, message, fix));
  }

  get all(): readonly Problem[] {
    return this.found;
  }
}
