import { CLUSTER_KEY, NAMESPACE_KEY, NAMESPACE_LABELS_PREFIX, SERVICE_ACCOUNT_KEY } from "../../cilium/api/labels";
import type { Requirement, Selector } from "../../cilium/api/selector";
import type { NamespaceFacts } from "../../scenario/scenario";

/** A pod that no manifest describes, but that policies may select. */
export interface HypotheticalPod {
  namespace: string;
  /** The labels of its namespace, if that is hypothetical, too. */
  namespaceLabels: Record<string, string>;
  labels: Record<string, string>;
  serviceAccount: string;
  /** Whether a selector or an authorization names that account. */
  hasNamedAccount: boolean;
  /** Absent: this cluster. */
  cluster?: string;
  meshed?: boolean;
  /** Whether the input describes pods of its kind, so that it is `any other pod`. */
  isOther: boolean;
  /** The end of its name, which tells it from others: ` of tenants with app=db`. */
  suffix: string;
  /** Whether its namespace is named by policies, but described by no manifest. */
  isInUnknownNamespace: boolean;
  /** Whether it has no namespace, label or account that any policy names. */
  isUnspecific: boolean;
}

interface KnownCluster {
  /** This cluster's name. */
  cluster: string;
  namespaces: readonly NamespaceFacts[];
  /** Other clusters of the mesh whose pods are included, whether or not a policy names them. */
  others?: readonly string[];
}

/** The traits of a pod that some selector depends on. `undefined`: the pod does not have it. */
interface Traits {
  labels: Map<string, string>;
  namespace: string | undefined;
  namespaceLabels: Map<string, string>;
  serviceAccount: string | undefined;
  cluster: string | undefined;
}

/** Represents the clusters that no policy names. */
export const ANOTHER_CLUSTER = "another";
/** The namespace of pods that no policy places in one. It is not a valid name, so it never clashes. */
export const UNNAMED_NAMESPACE = "any other namespace";
const NAME_LABEL = `${NAMESPACE_LABELS_PREFIX}kubernetes.io/metadata.name`;

/**
 * Pods that selectors may or may not match: for each selector, one that matches it, one for each value that it lists, and for each requirement one
 * that matches all but this one; and a stranger without labels in every known or named namespace. The most general come first. Several may match the
 * same selectors.
 */
export function hypotheticalPods(selectors: readonly Selector[], known: KnownCluster): HypotheticalPod[] {
  const values = valuesOf(selectors);
  const traits: Traits[] = [noTraits()];
  const namespaces = new Set([...known.namespaces.map(({ name }) => name), ...values.namespaces]);
  for (const namespace of [...namespaces].sort()) traits.push({ ...noTraits(), namespace });
  const others = [...new Set([...values.clusters, ...(known.others ?? [])])].filter((name) => name !== known.cluster);
  for (const cluster of others) traits.push({ ...noTraits(), cluster });
  for (const { requirements } of selectors) {
    if (!requirements.every(selectsPodLabel)) continue;
    const met = matchingPods(requirements, known);
    traits.push(...met, ...met.slice(0, 1).flatMap((pod) => nearMisses(pod, requirements, known)));
  }
  // A selector without a cluster may match pods in any. A pod without other traits is one of those above.
  const ofOwn = traits.filter(({ cluster }) => cluster === undefined);
  for (const cluster of others) traits.push(...ofOwn.map((pod) => ({ ...pod, cluster })));
  const named = new Set(known.namespaces.map(({ name }) => name));
  const pods = traits.map((one) => podOf(one, named));
  return [...new Map(pods.map((pod) => [podName(pod), pod])).values()].sort((a, b) => specificity(a) - specificity(b));
}

/** `any other pod`, `any meshed pod of tenants`, `any pod of shop with app=db` */
export const podName = ({ isOther, meshed, suffix }: Pick<HypotheticalPod, "isOther" | "meshed" | "suffix">): string =>
  `any ${isOther ? "other " : ""}${meshed === true ? "meshed " : ""}pod${suffix}`;

const specificity = ({ labels, isUnspecific }: HypotheticalPod) => (isUnspecific ? 0 : 1 + Object.keys(labels).length);

/** Whether a requirement is about labels of pods. Nodes, addresses and the world have labels of other sources. */
const selectsPodLabel = ({ source }: Requirement) => source === "k8s" || source === "any";

function noTraits(): Traits {
  return {
    labels: new Map(),
    namespace: undefined,
    namespaceLabels: new Map(),
    serviceAccount: undefined,
    cluster: undefined,
  };
}

function valuesOf(selectors: readonly Selector[]): { namespaces: Set<string>; clusters: Set<string> } {
  const [namespaces, clusters] = [new Set<string>(), new Set<string>()];
  for (const { source, key, operator, values } of selectors.flatMap(({ requirements }) => requirements)) {
    if (!selectsPodLabel({ source, key, operator, values })) continue;
    if (key === NAMESPACE_KEY || key === NAME_LABEL) for (const value of values) namespaces.add(value);
    if (key !== CLUSTER_KEY) continue;
    for (const value of values) clusters.add(value);
    // A selector of all clusters, or of all but some, matches more than the named ones.
    if (operator !== "In") clusters.add(ANOTHER_CLUSTER);
  }
  return { namespaces, clusters };
}

/** A pod that meets all requirements, and one more for each further value that a requirement lists. */
function matchingPods(requirements: readonly Requirement[], known: KnownCluster): Traits[] {
  const listed = requirements.filter(({ operator, values }) => operator === "In" && values.length > 1);
  const choices = [undefined, ...listed.flatMap((of) => of.values.slice(1).map((value) => ({ of, value })))];
  return choices.flatMap((choice) => {
    const pod = noTraits();
    for (const requirement of requirements) {
      const { operator, values } = requirement;
      if (operator === "In")
        set(pod, requirement.key, choice?.of === requirement ? choice.value : (values[0] ?? ""), known);
      if (operator === "Exists" && get(pod, requirement.key) === undefined) set(pod, requirement.key, ANY_VALUE, known);
    }
    return [pod];
  });
}

/** The value of a label whose value does not matter. No selector lists it, because it is not a valid label value. */
const ANY_VALUE = "(any)";

/** For each requirement, a pod that meets all others but not this one. */
function nearMisses(pod: Traits, requirements: readonly Requirement[], known: KnownCluster): Traits[] {
  return requirements.flatMap(({ key, operator, values }): Traits[] => {
    const changed = (value: string | undefined): Traits => {
      const other = { ...pod, labels: new Map(pod.labels), namespaceLabels: new Map(pod.namespaceLabels) };
      set(other, key, value, known);
      return other;
    };
    // Without a requirement, a peer is in this cluster. Pods of other clusters exist wherever a selector names one.
    if (key === CLUSTER_KEY) return [];
    if (operator === "NotIn") return values.map(changed);
    return [changed(operator === "DoesNotExist" ? ANY_VALUE : undefined)];
  });
}

function set(pod: Traits, key: string, value: string | undefined, known: KnownCluster): void {
  if (key === NAMESPACE_KEY || key === NAME_LABEL) pod.namespace = value === ANY_VALUE ? undefined : value;
  else if (key === CLUSTER_KEY) pod.cluster = value === known.cluster || value === ANY_VALUE ? undefined : value;
  else if (key === SERVICE_ACCOUNT_KEY) pod.serviceAccount = value;
  else {
    const isNamespaces = key.startsWith(NAMESPACE_LABELS_PREFIX);
    const labels = isNamespaces ? pod.namespaceLabels : pod.labels;
    const own = isNamespaces ? key.slice(NAMESPACE_LABELS_PREFIX.length) : key;
    if (value === undefined) labels.delete(own);
    else labels.set(own, value);
  }
}

function get(pod: Traits, key: string): string | undefined {
  if (key === NAMESPACE_KEY || key === NAME_LABEL) return pod.namespace;
  if (key === SERVICE_ACCOUNT_KEY) return pod.serviceAccount;
  if (key.startsWith(NAMESPACE_LABELS_PREFIX))
    return pod.namespaceLabels.get(key.slice(NAMESPACE_LABELS_PREFIX.length));
  return pod.labels.get(key);
}

function podOf(
  { labels, namespace, namespaceLabels, serviceAccount, cluster }: Traits,
  known: ReadonlySet<string>,
): HypotheticalPod {
  const isUnspecific =
    namespace === undefined && labels.size + namespaceLabels.size === 0 && serviceAccount === undefined;
  const pairs = (of: ReadonlyMap<string, string>) =>
    [...of].map(([key, value]) => (value === ANY_VALUE ? key : `${key}=${value}`)).join(", ");
  const ofLabels = `namespace with ${pairs(namespaceLabels)}`;
  const made = namespaceLabels.size === 0 ? UNNAMED_NAMESPACE : `any ${ofLabels}`;
  const isStranger = labels.size === 0 && serviceAccount === undefined;
  const where = namespace === undefined ? (namespaceLabels.size === 0 ? "" : ` of a ${ofLabels}`) : ` of ${namespace}`;
  return {
    namespace: namespace ?? made,
    namespaceLabels: namespace === undefined ? Object.fromEntries(namespaceLabels) : {},
    labels: Object.fromEntries(labels),
    serviceAccount: serviceAccount ?? "default",
    hasNamedAccount: serviceAccount !== undefined,
    ...(cluster !== undefined && { cluster }),
    isOther: isStranger && (isUnspecific || (namespace !== undefined && known.has(namespace))),
    suffix: [
      where,
      labels.size > 0 ? ` with ${pairs(labels)}` : "",
      serviceAccount === undefined ? "" : ` as ${serviceAccount}`,
      cluster === undefined ? "" : cluster === ANOTHER_CLUSTER ? " of another cluster" : ` of cluster ${cluster}`,
    ].join(""),
    isInUnknownNamespace: namespace !== undefined && !known.has(namespace),
    isUnspecific,
  };
}
