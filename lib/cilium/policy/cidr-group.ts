import { type Prefix, parsePrefix, prefixContains } from "../../kubernetes/cidr";
import type { LabelSelector } from "../../kubernetes/label-selector";
import type { CidrGroupFacts } from "../../scenario/scenario";
import { CIDR_GROUP_SOURCE, CILIUM_OWNED_PREFIX, type Label, type LabelSet, splitSource } from "../api/labels";
import { type Requirement, selects } from "../api/selector";

/** What a group's name is as a label (`LabelForCIDRGroupRef`). */
const NAME_KEY = "io.cilium.policy.cidrgroupname";
/** Between key and value where both are one key (`CIDRGroupEncodedSep`): an address may be in groups that differ in a label's value. */
const SEPARATOR = "+";

/** The labels that an address has from the groups that hold it (`cidrsAndLabelsForCIDRGroup`, merged from all prefixes around it). */
export function cidrGroupLabels(address: Prefix, groups: readonly CidrGroupFacts[] = []): Label[] {
  return groups
    .filter(({ cidrs }) => cidrs.some((cidr) => holdsAddress(cidr, address)))
    .flatMap(({ name, labels = {} }) => [
      groupLabel(`${NAME_KEY}/${name}`),
      ...Object.entries(labels)
        .filter(([key]) => !key.startsWith(CILIUM_OWNED_PREFIX))
        .flatMap(([key, value]) => [groupLabel(key, value), groupLabel(encodedKey(key, value))]),
    ]);
}

/** An address of the group that a rule names. */
export function inGroup(name: string): Requirement {
  return { source: CIDR_GROUP_SOURCE, key: `${NAME_KEY}/${name}`, operator: "Exists", values: [] };
}

/** An address of the groups that a rule selects by their labels. A key may name its source, as in any selector. */
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
 * A requirement about the groups of an address (`matchesEncodedRequirement`). What asks for a value asks whether some group has it, and
 * `NotIn` and `DoesNotExist` hold for an address that is in no group at all.
 */
export function groupHolds(requirement: Requirement, labels: LabelSet): boolean {
  const { source, key, operator, values } = requirement;
  const some = () => values.some((value) => labels.lookup(source, encodedKey(key, value)) !== undefined);
  if (operator === "In") return some();
  if (operator === "NotIn") return !some();
  return selects({ text: "", requirements: [requirement] }, labels);
}

function holdsAddress(cidr: string, address: Prefix): boolean {
  const prefix = parsePrefix(cidr);
  return prefix !== undefined && prefixContains(prefix, address);
}

function groupLabel(key: string, value = ""): Label {
  return { source: CIDR_GROUP_SOURCE, key, value };
}

function encodedKey(key: string, value: string): string {
  return key + SEPARATOR + value;
}
