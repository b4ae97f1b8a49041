import type { LintFacts } from "../scenario/lint-facts";

/**
 * Whether the namespaces may have pods that the scenario lacks, so that selecting no pod is no finding.
 *
 * @param namespaces Absent: any namespace at all.
 */
export function mayHaveUnseenPods({ unseenPods = [] }: LintFacts, namespaces: readonly string[] | undefined): boolean {
  if (unseenPods === "anywhere") return true;
  return namespaces === undefined ? unseenPods.length > 0 : namespaces.some((name) => unseenPods.includes(name));
}
