import { type Problem, ProblemError } from "../../../common/problem";
import { readMembers } from "./group";
import type { Settings, Values } from "./setting";

/**
 * Reads and checks a stack's configuration.
 *
 * @param raw Every key as the engine passes it: `project:key` to text, with lists and objects as JSON. Keys of other
 *   namespaces (`kubernetes:context` …) are ignored.
 * @param together Checks the settings as a whole. Settings that could not be read have their defaults there, so problems that involve
 *   them are dropped.
 * @throws ProblemError with all problems at once.
 */
export function checkConfiguration<S extends Settings>(
  project: string,
  settings: S,
  raw: Readonly<Record<string, unknown>>,
  together: (values: Values<S>) => Problem[] = () => [],
): Values<S> {
  const own = Object.entries(raw).filter(([name]) => name.startsWith(`${project}:`));
  const given = Object.fromEntries(own.map(([name, value]) => [name.slice(project.length + 1), value]));
  const reading = readMembers((key) => [`${project}:${key}`], settings, given);
  const { problems, unread = [], partly } = "problems" in reading ? reading : { problems: [], partly: reading.value };
  const defaults = Object.entries(settings).map(([key, setting]) => [key, setting.default]);
  const values = { ...Object.fromEntries(defaults), ...partly } as Values<S>;
  const all = [...problems, ...together(values).filter((problem) => !unread.some((name) => isAbout(problem, name)))];
  if (all.length > 0) throw new ProblemError("configuration", all);
  return values;
}

/** Whether a problem involves a setting. */
function isAbout({ path = [], related = [] }: Problem, setting: string): boolean {
  return [path, ...related].some((one) => one.some((part) => part === setting || String(part).endsWith(`:${setting}`)));
}
