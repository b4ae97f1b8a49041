/** One thing that is wrong with a policy: where, what, and what to write instead. */
export interface Problem {
  /** Path into the specification as it was given, such as `ingress[1].ports[0]`. Empty: the policy as a whole. */
  path: string;
  /** What is wrong and the fix, as whole sentences. */
  message: string;
}

/**
 * A policy that cannot be built. It carries every problem of the policy at once, so that one round of repairs is enough.
 */
export class PolicyError extends Error {
  /** Tells this error from others. */
  override readonly name = "PolicyError";

  constructor(
    /** The policy, as `CiliumNetworkPolicy shop/db`. */
    readonly policy: string,
    /** All that is wrong with it. */
    readonly problems: readonly Problem[],
  ) {
    const lines = problems.map(({ path, message }) => `  ${path === "" ? "" : `${path}: `}${message}`);
    super([`${policy}: ${problems.length === 1 ? "1 problem" : `${problems.length} problems`}`, ...lines].join("\n"));
  }
}

/** Gathers problems while a specification is walked; each `at` steps one level down. */
export class Problems {
  constructor(
    private readonly found: Problem[] = [],
    private readonly path: string = "",
  ) {}

  at(step: string | number): Problems {
    if (typeof step === "number") return new Problems(this.found, `${this.path}[${step}]`);
    const plain = /^[A-Za-z_][A-Za-z0-9_]*$/.test(step);
    if (!plain) return new Problems(this.found, `${this.path}[${JSON.stringify(step)}]`);
    return new Problems(this.found, this.path === "" ? step : `${this.path}.${step}`);
  }

  add(message: string): void {
    this.found.push({ path: this.path, message });
  }

  get all(): readonly Problem[] {
    return this.found;
  }
}
