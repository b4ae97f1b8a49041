import type { Problem } from "../../../common/argument-problems";
import { describeProblems } from "../../../common/argument-problems";
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
 * @param together what is wrong with the settings as a whole. What could not be read has its default there, so what is said of such a
 *   setting is left out.
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
  const { problems, unread = [], partly } = "problems" in reading ? reading : { problems: [], partly: reading.value };
  const defaults = Object.entries(settings).map(([key, setting]) => [key, setting.default]);
  const values = { ...Object.fromEntries(defaults), ...partly } as Values<S>;
  const all = [...problems, ...together(values).filter((problem) => !unread.some((name) => isAbout(problem, name)))];
  if (all.length > 0) throw new ConfigurationError(all);
  return values;
}

function isAbout({ where, what, remedy }: Problem, setting: string): boolean {
  return [where, what, remedy].some((text) => text.split(/[^\w-]+/).includes(setting));
}
