import { type Prefix, parsePrefix, prefixContains } from "../../kubernetes/cidr";
import type { LabelSelector } from "../../kubernetes/label-selector";
import type { CidrGroupFacts } from "../../scenario/scenario";
import { CIDR_GROUP_SOURCE, CILIUM_OWNED_PREFIX, type Label, type LabelSet, splitSource } from "../api/labels";
import { type Requirement, selects } from "../api/selector";

/** Prefix of the label key that carries a group's name (`LabelForCIDRGroupRef`). */
const NAME_KEY = "io.cilium.policy.cidrgroupname";
/** Joins a label's key and value into one key (`CIDRGroupEncodedSep`), because an address may be in groups that differ only in the value. */
const SEPARATOR = "+";

/** The labels that an address gets from the groups that contain it (`cidrsAndLabelsForCIDRGroup`, merged over all prefixes that contain it). */
export function cidrGroupLabels(address: Prefix, groups: readonly CidrGroupFacts[] = []): Label[] {
  return groups
    .filter(({ cidrs }) => cidrs.some((cidr) => containsAddress(cidr, address)))
    .flatMap(({ name, labels = {} }) => [
      groupLabel(`${NAME_KEY}/${name}`),
      ...Object.entries(labels)
        .filter(([key]) => !key.startsWith(CILIUM_OWNED_PREFIX))
        .flatMap(([key, value]) => [groupLabel(key, value), groupLabel(encodedKey(key, value))]),
    ]);
}

/** Requires that an address is in the named group. */
export function inGroup(name: string): Requirement {
  return { source: CIDR_GROUP_SOURCE, key: `${NAME_KEY}/${name}`, operator: "Exists", values: [] };
}

/** Requires that an address is in groups with these labels. A key may have a source prefix, as in any selector. */
export function inSelectedGroups({ matchLabels = {}, matchExpressions = [] }: LabelSelector): Requirement[] {
  return [
    ...Object.entries(matchLabels).map(([key, value]) => ({ key, operator: "In" as const, values: [value] })),
    ...matchExpressions.map(({ key, operator, values = [] }) => ({ key, operator, values })),
  ].map((requirement) => {
    const { source, key } = splitSource(requirement.key);
    return { ...requirement, source: source === "" ? CIDR_GROUP_SOURCE : source, key };
  });
}

/**
 * Whether an address meets a requirement on its groups (`matchesEncodedRequirement`). `In` holds if any of its groups has one of the values;
 * `NotIn` and `DoesNotExist` also hold for an address that is in no group.
 */
export function meetsGroupRequirement(requirement: Requirement, labels: LabelSet): boolean {
  const { source, key, operator, values } = requirement;
  const isIn = () => values.some((value) => labels.lookup(source, encodedKey(key, value)) !== undefined);
  if (operator === "In") return isIn();
  if (operator === "NotIn") return !isIn();
  return selects({ text: "", requirements: [requirement] }, labels);
}

function containsAddress(cidr: string, address: Prefix): boolean {
  const prefix = parsePrefix(cidr);
  return prefix !== undefined && prefixContains(prefix, address);
}

function groupLabel(key: string, value = ""): Label {
  return { source: CIDR_GROUP_SOURCE, key, value };
}

function encodedKey(key: string, value: string): string {
  return key + SEPARATOR + value;
}
