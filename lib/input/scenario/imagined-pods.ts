import { CLUSTER_KEY, NAMESPACE_KEY, NAMESPACE_LABELS_PREFIX, SERVICE_ACCOUNT_KEY } from "../../cilium/api/labels";
import type { Requirement, Selector } from "../../cilium/api/selector";
import type { NamespaceFacts } from "../../scenario/scenario";

/** A pod that no manifest names. */
export interface ImaginedPod {
  namespace: string;
  /** Of a namespace that is made up with it. */
  namespaceLabels: Record<string, string>;
  labels: Record<string, string>;
  serviceAccount: string;
  /** Whether somebody speaks of that account. */
  isOfAccount: boolean;
  /** Absent: the own cluster. */
  cluster?: string;
  meshed?: boolean;
  /** There are others of its kind that the input describes: it is `any other pod`. */
  isOther: boolean;
  /** Which one it is, as its name goes on: ` of tenants with app=db`. */
  which: string;
  /** Of a namespace that policies name and no manifest describes. */
  isElsewhere: boolean;
  /** In no namespace and with no label that anybody speaks of. */
  isAnybody: boolean;
}

interface Known {
  /** The own cluster's name. */
  cluster: string;
  namespaces: readonly NamespaceFacts[];
  /** Other clusters of the mesh whose pods are asked about, whether or not a policy names them. */
  others?: readonly string[];
}

/** What a pod has, as far as some selector speaks of it: `undefined` is a label that it does not have. */
interface Traits {
  labels: Map<string, string>;
  namespace: string | undefined;
  namespaceLabels: Map<string, string>;
  serviceAccount: string | undefined;
  cluster: string | undefined;
}

/** Stands for the clusters that nobody names. */
export const ANOTHER_CLUSTER = "another";
/** The namespace of pods of which no policy says where they are. None can be called so. */
export const SOMEWHERE_ELSE = "any other namespace";
const NAME_LABEL = `${NAMESPACE_LABELS_PREFIX}kubernetes.io/metadata.name`;

/**
 * Pods that selectors may mean: for each selector one that meets all its requirements, one for each value that it lists, and for each requirement
 * one that meets all but this; and strangers in every namespace that is known or named. The most general come first; some are alike.
 */
export function imaginedPods(selectors: readonly Selector[], known: Known): ImaginedPod[] {
  const values = valuesOf(selectors);
  const traits: Traits[] = [nobodySpecial()];
  const namespaces = new Set([...known.namespaces.map(({ name }) => name), ...values.namespaces]);
  for (const namespace of [...namespaces].sort()) traits.push({ ...nobodySpecial(), namespace });
  const others = [...new Set([...values.clusters, ...(known.others ?? [])])].filter((name) => name !== known.cluster);
  for (const cluster of others) traits.push({ ...nobodySpecial(), cluster });
  for (const { requirements } of selectors) {
    if (!requirements.every(isOfPods)) continue;
    const met = meeting(requirements, known);
    traits.push(...met, ...met.slice(0, 1).flatMap((pod) => justMissing(pod, requirements, known)));
  }
  // A selector that speaks of no cluster may mean pods of every one. Those of whom nothing else is told are one of those above.
  const ofOwn = traits.filter(({ cluster }) => cluster === undefined);
  for (const cluster of others) traits.push(...ofOwn.map((pod) => ({ ...pod, cluster })));
  const named = new Set(known.namespaces.map(({ name }) => name));
  const pods = traits.map((one) => podOf(one, named));
  return [...new Map(pods.map((pod) => [podName(pod), pod])).values()].sort((a, b) => weight(a) - weight(b));
}

/** `any other pod`, `any meshed pod of tenants`, `any pod of shop with app=db` */
export const podName = ({ isOther, meshed, which }: Pick<ImaginedPod, "isOther" | "meshed" | "which">): string =>
  `any ${isOther ? "other " : ""}${meshed === true ? "meshed " : ""}pod${which}`;

const weight = ({ labels, isAnybody }: ImaginedPod) => (isAnybody ? 0 : 1 + Object.keys(labels).length);

/** Nodes, addresses and the world have labels of other sources. */
const isOfPods = ({ source }: Requirement) => source === "k8s" || source === "any";

function nobodySpecial(): Traits {
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
    if (!isOfPods({ source, key, operator, values })) continue;
    if (key === NAMESPACE_KEY || key === NAME_LABEL) for (const value of values) namespaces.add(value);
    if (key !== CLUSTER_KEY) continue;
    for (const value of values) clusters.add(value);
    // Whoever speaks of all clusters, or of all but some, means others than those that are named.
    if (operator !== "In") clusters.add(ANOTHER_CLUSTER);
  }
  return { namespaces, clusters };
}

/** A pod that meets requirements, and one more for each other value that one of them lists. */
function meeting(requirements: readonly Requirement[], known: Known): Traits[] {
  const listed = requirements.filter(({ operator, values }) => operator === "In" && values.length > 1);
  const choices = [undefined, ...listed.flatMap((of) => of.values.slice(1).map((value) => ({ of, value })))];
  return choices.flatMap((choice) => {
    const pod = nobodySpecial();
    for (const requirement of requirements) {
      const { operator, values } = requirement;
      if (operator === "In")
        set(pod, requirement.key, choice?.of === requirement ? choice.value : (values[0] ?? ""), known);
      if (operator === "Exists" && get(pod, requirement.key) === undefined) set(pod, requirement.key, ANY_VALUE, known);
    }
    return [pod];
  });
}

/** What a label has whose value does not matter. No selector lists it, since it is no value that a label may have. */
const ANY_VALUE = "(any)";

/** For each requirement, a pod that meets the others and not this one. */
function justMissing(pod: Traits, requirements: readonly Requirement[], known: Known): Traits[] {
  return requirements.flatMap(({ key, operator, values }): Traits[] => {
    const changed = (value: string | undefined): Traits => {
      const other = { ...pod, labels: new Map(pod.labels), namespaceLabels: new Map(pod.namespaceLabels) };
      set(other, key, value, known);
      return other;
    };
    // Peers are of the own cluster unless they speak of others; those are imagined where somebody names them.
    if (key === CLUSTER_KEY) return [];
    if (operator === "NotIn") return values.map(changed);
    return [changed(operator === "DoesNotExist" ? ANY_VALUE : undefined)];
  });
}

function set(pod: Traits, key: string, value: string | undefined, known: Known): void {
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
): ImaginedPod {
  const isAnybody = namespace === undefined && labels.size + namespaceLabels.size === 0 && serviceAccount === undefined;
  const pairs = (of: ReadonlyMap<string, string>) =>
    [...of].map(([key, value]) => (value === ANY_VALUE ? key : `${key}=${value}`)).join(", ");
  const ofLabels = `namespace with ${pairs(namespaceLabels)}`;
  const made = namespaceLabels.size === 0 ? SOMEWHERE_ELSE : `any ${ofLabels}`;
  const isStranger = labels.size === 0 && serviceAccount === undefined;
  const where = namespace === undefined ? (namespaceLabels.size === 0 ? "" : ` of a ${ofLabels}`) : ` of ${namespace}`;
  return {
    namespace: namespace ?? made,
    namespaceLabels: namespace === undefined ? Object.fromEntries(namespaceLabels) : {},
    labels: Object.fromEntries(labels),
    serviceAccount: serviceAccount ?? "default",
    isOfAccount: serviceAccount !== undefined,
    ...(cluster !== undefined && { cluster }),
    isOther: isStranger && (isAnybody || (namespace !== undefined && known.has(namespace))),
    which: [
      where,
      labels.size > 0 ? ` with ${pairs(labels)}` : "",
      serviceAccount === undefined ? "" : ` as ${serviceAccount}`,
      cluster === undefined ? "" : cluster === ANOTHER_CLUSTER ? " of another cluster" : ` of cluster ${cluster}`,
    ].join(""),
    isElsewhere: namespace !== undefined && !known.has(namespace),
    isAnybody,
  };
}
