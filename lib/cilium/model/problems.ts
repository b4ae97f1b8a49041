import type { Path, Problem } from "../../common/problem";

/** Collects problems while a specification is checked. Each `at` goes one level deeper. */
export class Problems {
  constructor(
    private readonly found: Problem[] = [],
    private readonly path: Path = [],
  ) {}

  at(step: string | number): Problems {
    return new Problems(this.found, [...this.path, step]);
  }

  /** Adds a problem with the current member: what is wrong and the fix, as whole sentences. */
  add(message: string, code = "invalid-spec"): void {
    this.found.push({ code, path: this.path, message });
  }

  get all(): readonly Problem[] {
    return this.found;
  }
}
