import type { LabelSelector } from "../../kubernetes/label-selector";

/**
 * Whether a selector selects a node of which some labels are known; it may have others. Undefined where those decide.
 *
 * @example
 * selectsNode({ matchLabels: { disk: "ssd" } }, { disk: "ssd" }); // true
 * selectsNode({ matchLabels: { disk: "ssd" } }, {}); // undefined
 */
export function selectsNode(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  known: Readonly<Record<string, string>>,
): boolean | undefined {
  const has = (key: string) => Object.hasOwn(known, key);
  const answers = [
    ...Object.entries(matchLabels).map(([key, value]) => (has(key) ? known[key] === value : undefined)),
    ...matchExpressions.map(({ key, operator, values = [] }) => {
      if (!has(key)) return undefined;
      const isListed = values.includes(known[key] ?? "");
      return { In: isListed, NotIn: !isListed, Exists: true, DoesNotExist: false }[operator];
    }),
  ];
  if (answers.includes(false)) return false;
  return answers.includes(undefined) ? undefined : true;
}
