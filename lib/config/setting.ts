/**
 * One key of a stack's configuration. The types are those that Pulumi.yaml's `config` section can declare, so that what the
 * engine checks and what is checked here cannot differ.
 */
export interface Setting<T> {
  type: "string" | "integer" | "boolean" | "array" | "object";
  /** What it means, its unit, and what follows from it: the text of Pulumi.yaml. */
  description: string;
  default: T;
  /** Turns what the engine hands over into the value, or says what is wrong with it and what to do. */
  read(value: unknown): Reading<T>;
}

export type Reading<T> = { value: T } | { problems: string[] };
export type Settings = Record<string, Setting<unknown>>;
export type Values<S extends Settings> = { [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

/** Says what is wrong with a value and what to do about it; nothing when it is fine. */
export type Check<T> = (value: T) => string | undefined;

export function text<T extends string = string>(
  fallback: T,
  description: string,
  ...checks: Check<string>[]
): Setting<T> {
  return {
    type: "string",
    description,
    default: fallback,
    read: (value) =>
      typeof value === "string" ? checked(value as T, checks) : refused(`must be text, not ${shown(value)}`),
  };
}

export function choice<T extends string>(options: readonly T[], fallback: T, description: string): Setting<T> {
  const known: Check<string> = (value) =>
    options.some((option) => option === value)
      ? undefined
      : `is "${value}": choose ${options.map((option) => `"${option}"`).join(" or ")}`;
  return text<T>(fallback, description, known);
}

export function flag(fallback: boolean, description: string): Setting<boolean> {
  return {
    type: "boolean",
    description,
    default: fallback,
    read: (value) => {
      if (value === true || value === "true") return { value: true };
      if (value === false || value === "false") return { value: false };
      return refused(`must be true or false, not ${shown(value)}`);
    },
  };
}

export function integer(fallback: number, description: string, range: { min: number; max?: number }): Setting<number> {
  const { min, max = Number.MAX_SAFE_INTEGER } = range;
  const bounds = max === Number.MAX_SAFE_INTEGER ? `of at least ${min}` : `from ${min} to ${max}`;
  return {
    type: "integer",
    description,
    default: fallback,
    read: (value) => {
      const number = typeof value === "string" && /^[+-]?[0-9]+$/.test(value) ? Number(value) : value;
      if (typeof number === "number" && Number.isInteger(number) && number >= min && number <= max)
        return { value: number };
      return refused(`must be a whole number ${bounds}, not ${shown(value)}`);
    },
  };
}

export function list(description: string, ...checks: Check<string>[]): Setting<string[]> {
  return {
    type: "array",
    description,
    default: [],
    read: (value) => {
      const items = parsed(value);
      if (!Array.isArray(items)) return refused(`must be a list of texts, not ${shown(value)}`);
      const problems = items.flatMap((item, index) => {
        const reading = text("", "", ...checks).read(item);
        return "problems" in reading ? reading.problems.map((problem) => `[${index}] ${problem}`) : [];
      });
      return problems.length > 0 ? { problems } : { value: items };
    },
  };
}

export function object(description: string): Setting<Record<string, unknown>> {
  return {
    type: "object",
    description,
    default: {},
    read: (value) => {
      const members = parsed(value);
      if (typeof members !== "object" || members === null || Array.isArray(members)) {
        return refused(`must be an object, not ${shown(value)}`);
      }
      return { value: { ...members } };
    },
  };
}

/** The engine hands lists and objects to a program as JSON. */
function parsed(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

function checked<T extends string>(value: T, checks: Check<string>[]): Reading<T> {
  const problems = checks.flatMap((check) => check(value) ?? []);
  return problems.length > 0 ? { problems } : { value };
}

function refused(problem: string): { problems: string[] } {
  return { problems: [problem] };
}

function shown(value: unknown): string {
  return typeof value === "string" ? `"${value}"` : JSON.stringify(value);
}
