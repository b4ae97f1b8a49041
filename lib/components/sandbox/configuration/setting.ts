import type { Path, Problem } from "../../../common/problem";

/**
 * One key of a stack's configuration. The types are those that Pulumi.yaml's `config` section can declare, so that the engine's
 * checks and these agree.
 */
export interface Setting<T> {
  type: "string" | "integer" | "boolean" | "array" | "object";
  /** The type of an array's items. */
  items?: "string" | "integer";
  /** The meaning, unit and consequences, as in Pulumi.yaml. */
  description: string;
  default: T;
  /** Parses the engine's value, or returns its problems. */
  read(where: Path, value: unknown): Reading<T>;
}

export type Reading<T> = { value: T } | Unread<T>;

/** A value that could not be read whole. */
export interface Unread<T> {
  problems: Problem[];
  /** What could be read of it, to look for further problems. */
  partly?: T;
  /** Names of the settings in it that could not be read and so are not in `partly`. Default: the setting itself. */
  unread?: string[];
}

export type Settings = Record<string, Setting<unknown>>;
export type Values<S extends Settings> = { [K in keyof S]: S[K] extends Setting<infer T> ? T : never };

/** Problems with the value at `where`; none if it is valid. */
export type Check<T> = (where: Path, value: T) => Problem[];

export function text(fallback: string, description: string, ...checks: Check<string>[]): Setting<string> {
  return { type: "string", description, default: fallback, read: (where, value) => readText(where, value, checks) };
}

export function choice<T extends string>(options: readonly T[], fallback: T, description: string): Setting<T> {
  return {
    type: "string",
    description,
    default: fallback,
    read: (where, value) => {
      const option = options.find((option) => option === value);
      if (option !== undefined) return { value: option };
      return refused(
        where,
        value,
        "is not one of the choices",
        `choose ${options.map((option) => `"${option}"`).join(" or ")}`,
      );
    },
  };
}

export function flag(fallback: boolean, description: string): Setting<boolean> {
  return {
    type: "boolean",
    description,
    default: fallback,
    read: (where, value) => {
      if (value === true || value === "true") return { value: true };
      if (value === false || value === "false") return { value: false };
      return refused(where, value, "is neither true nor false", "use true or false");
    },
  };
}

interface Range {
  min: number;
  max?: number;
}

export function integer(fallback: number, description: string, range: Range): Setting<number> {
  return {
    type: "integer",
    description,
    default: fallback,
    read: (where, value) => readInteger(where, value, range),
  };
}

export function list(description: string, fallback: string[] = [], ...checks: Check<string>[]): Setting<string[]> {
  return {
    type: "array",
    items: "string",
    description,
    default: fallback,
    read: (where, value) => readItems(where, value, '["a", "b"]', (at, item) => readText(at, item, checks)),
  };
}

export function integers(description: string, fallback: number[], range: Range): Setting<number[]> {
  return {
    type: "array",
    items: "integer",
    description,
    default: fallback,
    read: (where, value) => readItems(where, value, "[1, 2]", (at, item) => readInteger(at, item, range)),
  };
}

/** Names that are the user's to choose, each with a text. */
export function dictionary(description: string): Setting<Record<string, string>> {
  return {
    type: "object",
    description,
    default: {},
    read: (where, value) => {
      const members = membersOf(value);
      if (members === undefined) return refused(where, value, ...notAnObject);
      const readings = Object.entries(members).map(([key, item]) => readText([...where, key], item, []));
      const problems = readings.flatMap((reading) => ("problems" in reading ? reading.problems : []));
      return problems.length > 0
        ? { problems }
        : { value: Object.fromEntries(Object.entries(members)) as Record<string, string> };
    },
  };
}

/** Any object, such as the values of a Helm chart. Its members are not checked here. */
export function object(description: string): Setting<Record<string, unknown>> {
  return {
    type: "object",
    description,
    default: {},
    read: (where, value) => {
      const members = membersOf(value);
      return members === undefined ? refused(where, value, ...notAnObject) : { value: members };
    },
  };
}

const notAnObject = [
  "is not an object",
  'write it as JSON, e.g. {"key": "value"}, or set one member with --path',
] as const;

export function membersOf(value: unknown): Record<string, unknown> | undefined {
  const members = parsed(value);
  return typeof members === "object" && members !== null && !Array.isArray(members) ? { ...members } : undefined;
}

/** The engine passes lists and objects to a program as JSON. */
function parsed(value: unknown): unknown {
  if (typeof value !== "string") return value;
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

function readItems<T>(
  where: Path,
  value: unknown,
  example: string,
  read: (where: Path, item: unknown) => Reading<T>,
): Reading<T[]> {
  const items = parsed(value);
  if (!Array.isArray(items)) return refused(where, value, "is not a list", `write it as JSON, e.g. ${example}`);
  const readings = items.map((item, index) => read([...where, index], item));
  const problems = readings.flatMap((reading) => ("problems" in reading ? reading.problems : []));
  if (problems.length > 0) return { problems };
  return { value: readings.flatMap((reading) => ("value" in reading ? [reading.value] : [])) };
}

function readInteger(where: Path, value: unknown, { min, max = Number.MAX_SAFE_INTEGER }: Range): Reading<number> {
  const number = typeof value === "string" && /^[+-]?[0-9]+$/.test(value) ? Number(value) : value;
  if (typeof number === "number" && Number.isInteger(number) && number >= min && number <= max)
    return { value: number };
  const bounds = max === Number.MAX_SAFE_INTEGER ? `${min} or more` : `from ${min} to ${max}`;
  return refused(where, value, "is out of range or not a whole number", `use a whole number, ${bounds}`);
}

function readText(where: Path, value: unknown, checks: Check<string>[]): Reading<string> {
  if (typeof value !== "string") return refused(where, value, "is not a text", "put it in quotes");
  const problems = checks.flatMap((check) => check(where, value));
  return problems.length > 0 ? { problems } : { value };
}

export function refused(where: Path, value: unknown, what: string, fix: string): { problems: Problem[] } {
  const shown = typeof value === "string" ? `"${value}"` : JSON.stringify(value);
  return { problems: [{ code: "invalid-value", path: where, message: `${shown} ${what}`, fix }] };
}
