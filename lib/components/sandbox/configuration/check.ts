import { type Problem, ProblemError } from "../../../common/problem";
import { readMembers } from "./group";
import type { Settings, Values } from "./setting";

/**
 * Reads a stack's configuration against what is known of it.
 *
 * @param raw every key as the engine hands it over: `project:key` to text, lists and objects as JSON. Keys of other
 *   namespaces (`kubernetes:context` …) are left alone.
 * @param together what is wrong with the settings as a whole. What could not be read has its default there, so what is said of such a
 *   setting is left out.
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
