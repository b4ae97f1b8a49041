import type { Path, Problem } from "../../common/problem";

/** Gathers problems while a specification is walked; each `at` steps one level down. */
export class Problems {
  constructor(
    private readonly found: Problem[] = [],
    private readonly path: Path = [],
  ) {}

  at(step: string | number): Problems {
    return new Problems(this.found, [...this.path, step]);
  }

  /** Notes a problem with the member that stands here: what is wrong and the fix, as whole sentences. */
  add(message: string, code = "invalid-spec"): void {
    this.found.push({ code, path: this.path, message });
  }

  get all(): readonly Problem[] {
    return this.found;
  }
}
