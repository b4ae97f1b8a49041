import type { LabelExpression, LabelSelector } from "../../kubernetes/label-selector";
import {
  ANY_KEY,
  ANY_SOURCE,
  CLUSTER_KEY,
  K8S_SOURCE,
  type LabelSet,
  NAMESPACE_KEY,
  NAMESPACE_LABELS_PREFIX,
  RESERVED_SOURCE,
  sourcedKey,
  splitSource,
} from "./labels";

/** One condition of a selector. A selector matches if all of them hold. */
export interface Requirement {
  /** Where the label comes from: `k8s`, `reserved`, `cidr` …, or `any`. */
  source: string;
  /** The key of the label, without its source. */
  key: string;
  /** The comparison. */
  operator: LabelExpression["operator"];
  /** The values to compare with; empty for `Exists` and `DoesNotExist`. */
  values: readonly string[];
}

/** A compiled selector: requirements in canonical order. Without requirements it matches everything. */
export interface Selector {
  /** Equal for equal selectors. */
  text: string;
  /** All of them must hold. */
  requirements: readonly Requirement[];
}

const NAMESPACE = sourcedKey(K8S_SOURCE, NAMESPACE_KEY);
const ANY_NAMESPACE = sourcedKey(ANY_SOURCE, NAMESPACE_KEY);
const CLUSTER = sourcedKey(K8S_SOURCE, CLUSTER_KEY);
const ANY_CLUSTER = sourcedKey(ANY_SOURCE, CLUSTER_KEY);

/** Matches everything: the entity `all`, or a rule with ports and no peer. */
export const WILDCARD: Selector = { text: "", requirements: [] };

/** Matches one label, e.g. `reserved:host`. */
export function selectorOf(source: string, key: string, value = ""): Selector {
  return selector([{ source, key, operator: "In", values: [value] }]);
}

export function selector(requirements: readonly Requirement[]): Selector {
  const sorted = requirements
    .map((requirement) => ({ text: requirementText(requirement), requirement }))
    .sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
  return { text: sorted.map(({ text }) => text).join(" "), requirements: sorted.map(({ requirement }) => requirement) };
}

/**
 * Whether a selector selects an identity with these labels (`MatchesRequirement`). `NotIn` also holds if the label is missing.
 *
 * @example
 * const web = new LabelSet([
 *   { source: "k8s", key: "io.kubernetes.pod.namespace", value: "shop" },
 *   { source: "k8s", key: "app", value: "web" },
 * ]);
 * selects(subjectSelector({ matchLabels: { app: "web" } }, "shop"), web); // true
 */
export function selects({ requirements }: Selector, labels: LabelSet): boolean {
  return requirements.every((requirement) => holds(requirement, labels));
}

/**
 * The missing fact, in words, if it is not known whether a selector selects an identity with these labels. Undefined if it is known; then
 * {@link selects} tells.
 *
 * @internal
 */
export function missingFact({ requirements }: Selector, labels: LabelSet): string | undefined {
  if (labels.unknown.size === 0) return undefined;
  let first: string | undefined;
  for (const requirement of requirements) {
    const missing = missingFor(requirement, labels);
    if (missing !== undefined) first ??= missing;
    else if (!holds(requirement, labels)) return undefined;
  }
  return first;
}

function missingFor({ source, key, operator }: Requirement, labels: LabelSet): string | undefined {
  if (source !== K8S_SOURCE && source !== ANY_SOURCE) return undefined;
  const missing = labels.unknown.get(key);
  // Such a label exists; only its value is not known.
  if (missing !== undefined) return operator === "In" || operator === "NotIn" ? missing : undefined;
  return labels.hasKey(key) ? undefined : labels.unknown.get(ANY_KEY);
}

export function holds({ source, key, operator, values }: Requirement, labels: LabelSet): boolean {
  const isUnknown = labels.unknown.has(key) && (source === K8S_SOURCE || source === ANY_SOURCE);
  const value = isUnknown ? UNKNOWN_VALUE : labels.lookup(source, key);
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
  }
}

/** Not a valid label value, so that no selector lists it. */
const UNKNOWN_VALUE = "(unknown)";

/**
 * The endpoints that a policy applies to. A CiliumNetworkPolicy only selects pods of its own namespace, whatever its selector says about namespaces
 * (`ParseToCiliumRule`).
 *
 * @param namespace The policy's namespace; undefined for a clusterwide policy.
 * @example
 * subjectSelector({ matchLabels: { app: "web" } }, "shop").text; // includes the namespace
 * subjectSelector({}, undefined); // every pod of the cluster
 */
export function subjectSelector(manifest: LabelSelector, namespace: string | undefined): Selector {
  const scoped = new ManifestSelector(manifest);
  if (namespace !== undefined) scoped.addMatch(NAMESPACE, namespace);
  return scoped.compile();
}

/** The context of a peer selector, which decides what Cilium adds to it. */
export interface PeerScope {
  /** The policy's namespace; undefined in a clusterwide policy. */
  namespace: string | undefined;
  /** Cilium's `cluster.name`. */
  cluster: string;
  /** Whether peers without a cluster label are in any cluster of the mesh (`policyDefaultLocalCluster: false`). Default: only in this one. */
  anyCluster?: boolean;
  /** If present, the selector is complete: Cilium adds at most this cluster. Default: see {@link peerSelector}. */
  given?: {
    /** Whether it may match in any cluster. Default: only in this one. */
    anyCluster?: boolean;
  };
  /** Whether the policy's subject selector names `reserved:init`. Such pods have no namespace label yet. */
  subjectIsInit: boolean;
}

/**
 * A peer of `fromEndpoints` or `toEndpoints`, with what Cilium adds to it (`getEndpointSelector` in `pkg/k8s/apis/cilium.io/utils`): the policy's
 * namespace, or in a clusterwide policy "any namespace", unless the selector names namespaces itself; and the cluster's name, unless it names clusters.
 * Cilium adds nothing to a selector with a `reserved:` key.
 *
 * @example
 * peerSelector({ matchLabels: { app: "web" } }, { namespace: "shop", cluster: "default", subjectIsInit: false });
 */
export function peerSelector(manifest: LabelSelector, scope: PeerScope): Selector {
  const scoped = new ManifestSelector(manifest);
  if (scope.given !== undefined) {
    if (scope.given.anyCluster !== true && scope.anyCluster !== true) scoped.addMatch(CLUSTER, scope.cluster);
    return scoped.compile();
  }
  if (scoped.hasKeyPrefix(`${RESERVED_SOURCE}:`)) return scoped.compile();
  if (!scoped.hasKey(NAMESPACE) && !scoped.hasKey(ANY_NAMESPACE)) {
    if (scope.namespace === undefined) {
      if (!scope.subjectIsInit) scoped.addExists(NAMESPACE);
    } else if (!scoped.hasNamespaceLabels()) {
      scoped.addMatch(NAMESPACE, scope.namespace);
    }
  }
  const isScoped = scope.anyCluster !== true && !scoped.hasKey(CLUSTER) && !scoped.hasKey(ANY_CLUSTER);
  if (isScoped) scoped.addMatch(CLUSTER, scope.cluster);
  return scoped.compile();
}

/**
 * The pods behind a Service, with the scope that every peer selector gets.
 *
 * @example
 * servicePeerSelector({ app: "db" }, "shop", { namespace: "shop", cluster: "default", subjectIsInit: false });
 */
export function servicePeerSelector(
  pods: Readonly<Record<string, string>>,
  serviceNamespace: string,
  scope: PeerScope,
): Selector {
  const matchLabels: Record<string, string> = { [NAMESPACE]: serviceNamespace };
  for (const [key, value] of Object.entries(pods)) matchLabels[withSource(key, K8S_SOURCE)] = value;
  matchLabels[NAMESPACE] = serviceNamespace;
  return peerSelector({ matchLabels }, scope);
}

/** A selector without a scope. Keys without a source match labels of any source. */
export function plainSelector(manifest: LabelSelector): Selector {
  return new ManifestSelector(manifest).compile();
}

/**
 * Whether the policy's subject selector names `reserved:init` (`matchesPodInit`).
 *
 * @example
 * selectsInit({ matchLabels: { "reserved:init": "" } }); // true
 */
export function selectsInit(manifest: LabelSelector | undefined): boolean {
  return manifest !== undefined && new ManifestSelector(manifest).hasKey(sourcedKey(RESERVED_SOURCE, "init"));
}

/** Compiles a manifest's selector. Every key gets a source, as in `EndpointSelector.Sanitize`. */
class ManifestSelector {
  private readonly matchLabels = new Map<string, string>();
  private readonly expressions: LabelExpression[] = [];

  constructor(manifest: LabelSelector) {
    for (const [key, value] of Object.entries(manifest.matchLabels ?? {}))
      this.matchLabels.set(withSource(key, ANY_SOURCE), value);
    for (const expression of manifest.matchExpressions ?? []) {
      this.expressions.push({ ...expression, key: withSource(expression.key, ANY_SOURCE) });
    }
  }

  hasKey(key: string): boolean {
    return this.matchLabels.has(key) || this.expressions.some((expression) => expression.key === key);
  }

  hasKeyPrefix(prefix: string): boolean {
    return [...this.matchLabels.keys(), ...this.expressions.map(({ key }) => key)].some((key) =>
      key.startsWith(prefix),
    );
  }

  hasNamespaceLabels(): boolean {
    return [K8S_SOURCE, ANY_SOURCE].some((source) => this.hasKeyPrefix(sourcedKey(source, NAMESPACE_LABELS_PREFIX)));
  }

  addMatch(key: string, value: string): void {
    this.matchLabels.set(key, value);
  }

  addExists(key: string): void {
    this.expressions.push({ key, operator: "Exists" });
  }

  compile(): Selector {
    const requirements: Requirement[] = [];
    for (const [key, value] of this.matchLabels)
      requirements.push({ ...splitSource(key), operator: "In", values: [value] });
    for (const { key, operator, values } of this.expressions) {
      requirements.push({ ...splitSource(key), operator, values: [...new Set(values ?? [])].sort() });
    }
    return selector(requirements);
  }
}

function withSource(key: string, source: string): string {
  return splitSource(key).source === "" ? sourcedKey(source, key) : key;
}

function requirementText({ source, key, operator, values }: Requirement): string {
  return `${source}:${key} ${operator} [${values.join(",")}]`;
}
