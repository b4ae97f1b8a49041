import { closest, distance } from "fastest-levenshtein";
import type { Settings, Values } from "./setting";

/** Everything that is wrong with a configuration, a line each: where, what, and what to do. */
export class ConfigurationError extends Error {
  constructor(public readonly problems: readonly string[]) {
    const count = problems.length === 1 ? "a problem" : `${problems.length} problems`;
    super(
      `the configuration has ${count}; nothing was created\n${problems.map((problem) => `  ${problem}`).join("\n")}`,
    );
    this.name = "ConfigurationError";
  }
}

/**
 * Reads a stack's configuration against what is known of it.
 *
 * @param raw every key as the engine hands it over: `project:key` to text, lists and objects as JSON. Keys of other
 *   namespaces (`kubernetes:context` …) are left alone.
 * @param together what has to hold between settings; runs only when each alone is fine.
 * @throws ConfigurationError with all problems at once.
 */
export function checkConfiguration<S extends Settings>(
  project: string,
  settings: S,
  raw: Readonly<Record<string, unknown>>,
  together: (values: Values<S>) => string[] = () => [],
): Values<S> {
  const problems = unknownKeys(project, Object.keys(settings), Object.keys(raw));
  const entries = Object.entries(settings).map(([key, setting]): [string, unknown] => {
    const value = raw[`${project}:${key}`];
    if (value === undefined) return [key, setting.default];
    const reading = setting.read(value);
    if ("value" in reading) return [key, reading.value];
    problems.push(
      ...reading.problems.map((problem) => `${project}:${key}${problem.startsWith("[") ? "" : " "}${problem}`),
    );
    return [key, setting.default];
  });
  const values = Object.fromEntries(entries) as Values<S>;
  if (problems.length === 0) problems.push(...together(values));
  if (problems.length > 0) throw new ConfigurationError(problems);
  return values;
}

function unknownKeys(project: string, known: string[], given: string[]): string[] {
  return given
    .filter((name) => name.startsWith(`${project}:`))
    .map((name) => name.slice(project.length + 1))
    .filter((key) => !known.includes(key))
    .map((key) => `${project}:${key} is unknown: ${advice(key, known)}`);
}

function advice(key: string, known: string[]): string {
  const candidate = closest(
    key.toLowerCase(),
    known.map((name) => name.toLowerCase()),
  );
  const nearest = known.find((name) => name.toLowerCase() === candidate) ?? "";
  if (distance(key.toLowerCase(), candidate) <= Math.max(2, Math.floor(key.length / 3))) {
    return `did you mean "${nearest}"? Rename it, or remove it with: pulumi config rm ${key}`;
  }
  return `remove it with: pulumi config rm ${key}. Known keys: ${[...known].sort().join(", ")}`;
}
