import type { LintFacts } from "../scenario/lint-facts";

/**
 * Whether the namespaces may have pods that the scenario does not name, so that nobody can be accused of meaning none.
 *
 * @param namespaces Absent: any namespace at all.
 */
export function mayHaveUnseenPods({ unseenPods = [] }: LintFacts, namespaces: readonly string[] | undefined): boolean {
  if (unseenPods === "anywhere") return true;
  return namespaces === undefined ? unseenPods.length > 0 : namespaces.some((name) => unseenPods.includes(name));
}
