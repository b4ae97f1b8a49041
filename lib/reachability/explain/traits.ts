import {
  ANY_SOURCE,
  CILIUM_OWNED_PREFIX,
  K8S_SOURCE,
  NAMESPACE_KEY,
  NAMESPACE_LABELS_PREFIX,
  SERVICE_ACCOUNT_KEY,
} from "../../cilium/api/labels";
import type { LabelExpression, LabelSelector } from "../../kubernetes/label-selector";
import type { Parties, Party } from "./parties";

/** A property of pods that a selector can require: a label with a value, or the absence of a label. */
export interface Trait {
  key: string;
  /** Absent: the pod has no such label. */
  value?: string;
}

/** Whether the trait is the pod's namespace, which a selector in a policy of that namespace need not require. */
export const isNamespace = ({ key }: Trait): boolean => key === NAMESPACE_KEY;

/**
 * A small set of traits that distinguishes a pod from others as far as possible: pods with the same identity cannot be distinguished. Labels that name
 * workloads come first.
 *
 * @param first Traits to include in any case.
 */
export function distinguishingTraits(party: Party, others: readonly Party[], first: readonly Trait[] = []): Trait[] {
  const chosen = [...first];
  const own = party.identity.labels.toString();
  let left = others.filter(({ identity }) => identity.labels.toString() !== own);
  left = left.filter((other) => chosen.every((trait) => hasTrait(other, trait)));
  const candidates = traitsOf(party);
  while (left.length > 0) {
    const best = mostSelective(candidates, left) ?? mostSelective(absences(party, left), left);
    if (best === undefined) break;
    chosen.push(best);
    left = left.filter((other) => hasTrait(other, best));
  }
  return chosen;
}

/** The trait that names a pod best if there is nothing to distinguish it from. */
export function namingTrait(party: Party): Trait | undefined {
  return traitsOf(party).find(({ key }) => key !== NAMESPACE_KEY);
}

export function hasTrait({ identity }: Party, { key, value }: Trait): boolean {
  return identity.labels.lookup(ANY_SOURCE, key) === value;
}

/** The trait that the fewest others have; undefined if they all have all of them. */
function mostSelective(traits: readonly Trait[], others: readonly Party[]): Trait | undefined {
  let best: { trait: Trait; excluded: number } | undefined;
  for (const trait of traits) {
    const excluded = others.filter((other) => !hasTrait(other, trait)).length;
    if (excluded > (best?.excluded ?? 0)) best = { trait, excluded };
  }
  return best?.trait;
}

const wellKnownKeys = ["app.kubernetes.io/name", "app", "k8s-app", "name", "app.kubernetes.io/component", "component"];

function traitsOf({ facts, identity }: Party): Trait[] {
  const rank = ({ key }: Trait) => {
    const place = wellKnownKeys.indexOf(key);
    return place < 0 ? wellKnownKeys.length : place;
  };
  const labels = Object.entries(facts.labels ?? {})
    .filter(([key, value]) => isOwnLabel(key) && identity.labels.lookup(K8S_SOURCE, key) === value)
    .map(([key, value]): Trait => ({ key, value }))
    .sort((a, b) => rank(a) - rank(b));
  const account = identity.labels.lookup(K8S_SOURCE, SERVICE_ACCOUNT_KEY);
  return [
    ...labels,
    ...(account === undefined ? [] : [{ key: SERVICE_ACCOUNT_KEY, value: account }]),
    { key: NAMESPACE_KEY, value: facts.namespace ?? "" },
  ];
}

function absences(party: Party, others: readonly Party[]): Trait[] {
  const keys = new Set(others.flatMap(({ facts }) => Object.keys(facts.labels ?? {})));
  return [...keys].filter((key) => isOwnLabel(key) && !party.identity.labels.hasKey(key)).map((key) => ({ key }));
}

const isOwnLabel = (key: string) =>
  key !== NAMESPACE_KEY && !key.startsWith(CILIUM_OWNED_PREFIX) && !key.startsWith(NAMESPACE_LABELS_PREFIX);

/** The selector of all pods with the traits. */
export function selectorWith(traits: readonly Trait[]): LabelSelector {
  const labels = traits.filter(({ value }) => value !== undefined);
  const absent = traits.filter(({ value }) => value === undefined);
  return {
    ...(labels.length > 0 && { matchLabels: Object.fromEntries(labels.map(({ key, value = "" }) => [key, value])) }),
    ...(absent.length > 0 && {
      matchExpressions: absent.map(({ key }): LabelExpression => ({ key, operator: "DoesNotExist" })),
    }),
  };
}

/** Selectors, one for each trait, that together select the pods of a selector which lack at least one of the traits. */
export function selectorsWithout(selector: LabelSelector, traits: readonly Trait[]): LabelSelector[] {
  return traits.map((trait, place) => ({
    ...selector,
    matchExpressions: [
      ...(selector.matchExpressions ?? []),
      ...traits.slice(0, place).map(expressionOf),
      negation(trait),
    ],
  }));
}

const expressionOf = ({ key, value }: Trait): LabelExpression =>
  value === undefined ? { key, operator: "DoesNotExist" } : { key, operator: "In", values: [value] };
const negation = ({ key, value }: Trait): LabelExpression =>
  value === undefined ? { key, operator: "Exists" } : { key, operator: "NotIn", values: [value] };

/** The pods of a scenario, in one namespace or in all. */
export function podsOf(parties: Parties, namespace?: string): Party[] {
  return [...parties.everyone()].filter(
    ({ identity, facts }) => identity.kind === "pod" && (namespace === undefined || facts.namespace === namespace),
  );
}
