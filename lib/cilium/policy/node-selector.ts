import type { LabelSelector } from "../../kubernetes/label-selector";
import type { EndpointFacts, NodeSettings } from "../../scenario/scenario";

type OnNode = Pick<EndpointFacts, "nodeLabels" | "isNodeKnown">;

/**
 * Whether a selector selects a node, as far as its known labels tell.
 *
 * @param areAll Whether the node has no labels other than `known`.
 * @returns undefined if labels that are not known decide
 * @example
 * selectsNode({ matchLabels: { disk: "ssd" } }, { disk: "ssd" }); // true
 * selectsNode({ matchLabels: { disk: "ssd" } }, {}); // undefined
 */
export function selectsNode(
  { matchLabels = {}, matchExpressions = [] }: LabelSelector,
  known: Readonly<Record<string, string>>,
  areAll = false,
): boolean | undefined {
  const has = (key: string) => Object.hasOwn(known, key);
  const without = (isSelected: boolean) => (areAll ? isSelected : undefined);
  const answers = [
    ...Object.entries(matchLabels).map(([key, value]) => (has(key) ? known[key] === value : without(false))),
    ...matchExpressions.map(({ key, operator, values = [] }) => {
      if (!has(key)) return without(operator === "NotIn" || operator === "DoesNotExist");
      const isListed = values.includes(known[key] ?? "");
      return { In: isListed, NotIn: !isListed, Exists: true, DoesNotExist: false }[operator];
    }),
  ];
  if (answers.includes(false)) return false;
  return answers.includes(undefined) ? undefined : true;
}

/** Whether settings apply to the node of an endpoint; undefined if that is not known. */
export function holdsFor(
  { nodeSelector, uncertain }: NodeSettings,
  { nodeLabels, isNodeKnown }: OnNode,
): boolean | undefined {
  const selects = selectsNode(nodeSelector, nodeLabels ?? {}, isNodeKnown);
  return selects === true && uncertain === true ? undefined : selects;
}

/** What would have to be known, in words, to tell which of these settings apply to an endpoint's agent. */
export function missingOf(undecided: readonly NodeSettings[]): string {
  const words = (some: readonly NodeSettings[]) => [...new Set(some.map(({ description }) => description))].join(", ");
  const [filled, placed] = [
    undecided.filter(({ uncertain }) => uncertain),
    undecided.filter(({ uncertain }) => !uncertain),
  ];
  return [
    ...(placed.length === 0 ? [] : [`on which node it runs: ${words(placed)} on some`]),
    ...(filled.length === 0 ? [] : [`what is filled in: ${words(filled)}`]),
  ].join("; ");
}

/** A selector in kubectl's notation: `role=edge,disk in (ssd,nvme),!spot`. */
export function selectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelector): string {
  return [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({ key, operator, values = [] }) => {
      const listed = `(${values.join(",")})`;
      return { In: `${key} in ${listed}`, NotIn: `${key} notin ${listed}`, Exists: key, DoesNotExist: `!${key}` }[
        operator
      ];
    }),
  ].join();
}
