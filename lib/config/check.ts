import type { Problem } from "../validation/problems";
import { describeProblems } from "../validation/problems";
import { readMembers } from "./group";
import type { Settings, Values } from "./setting";

/** Everything that is wrong with a stack's configuration, a line each: where, what, and what to do. */
export class ConfigurationError extends Error {
  override readonly name = "ConfigurationError";

  constructor(readonly problems: readonly Problem[]) {
    super(describeProblems(problems, "configuration"));
  }
}

/**
 * Reads a stack's configuration against what is known of it.
 *
 * @param raw every key as the engine hands it over: `project:key` to text, lists and objects as JSON. Keys of other
 *   namespaces (`kubernetes:context` …) are left alone.
 * @param together what is wrong between settings; asked only when each alone is fine.
 * @throws ConfigurationError with all problems at once.
 */
export function checkConfiguration<S extends Settings>(
  project: string,
  settings: S,
  raw: Readonly<Record<string, unknown>>,
  together: (values: Values<S>) => Problem[] = () => [],
): Values<S> {
  const own = Object.entries(raw).filter(([name]) => name.startsWith(`${project}:`));
  const given = Object.fromEntries(own.map(([name, value]) => [name.slice(project.length + 1), value]));
  const reading = readMembers(project, settings, given, ":");
  if ("problems" in reading) throw new ConfigurationError(reading.problems);
  const defaults = Object.entries(settings).map(([key, setting]) => [key, setting.default]);
  const values = { ...Object.fromEntries(defaults), ...reading.value } as Values<S>;
  const problems = together(values);
  if (problems.length > 0) throw new ConfigurationError(problems);
  return values;
}
