import { type Prefix, parsePrefixLabel, prefixContains } from "../../kubernetes/cidr";

/**
 * A security label of Cilium's (`pkg/labels`): a key, a value and the source that vouches for it. Labels with the source `k8s` come from pods and
 * namespaces; `reserved` labels name what is not a pod; `cidr`, `cidrgroup` and `fqdn` labels are for addresses outside the cluster.
 */
export interface Label {
  /** Where it comes from: `k8s`, `reserved`, `cidr`, `cidrgroup` or `fqdn`. */
  source: string;
  /** Without the source. */
  key: string;
  /** Empty if the key alone identifies the label. */
  value: string;
}

/** In a selector: any source. No identity has a label with this source. */
export const ANY_SOURCE = "any";
export const K8S_SOURCE = "k8s";
export const RESERVED_SOURCE = "reserved";
export const CIDR_SOURCE = "cidr";
export const CIDR_GROUP_SOURCE = "cidrgroup";
export const FQDN_SOURCE = "fqdn";

/** Labels that Cilium derives itself and that no pod can claim (`pkg/k8s/apis/cilium.io/const.go`). */
export const NAMESPACE_KEY = "io.kubernetes.pod.namespace";
export const CLUSTER_KEY = "io.cilium.k8s.policy.cluster";
export const SERVICE_ACCOUNT_KEY = "io.cilium.k8s.policy.serviceaccount";
export const NAMESPACE_LABELS_PREFIX = "io.cilium.k8s.namespace.labels.";
/** Pod labels with this prefix are reserved for Cilium, which drops them. */
export const CILIUM_OWNED_PREFIX = "io.cilium.k8s";

/** `source:key`, the spelling of a key in a selector. */
export function sourcedKey(source: string, key: string): string {
  return `${source}:${key}`;
}

/** Splits `source:key` at the first colon; without one the source is empty. */
export function splitSource(key: string): { source: string; key: string } {
  const colon = key.indexOf(":");
  return colon < 0 ? { source: "", key } : { source: key.slice(0, colon), key: key.slice(colon + 1) };
}

/** Labels whose value is not known: the missing fact in words, by label key. */
export type UnknownLabels = ReadonlyMap<string, string>;

/** The key in {@link UnknownLabels} for labels whose key is not known either. */
export const ANY_KEY = "*";

/**
 * The labels of one identity. Keys are unique across sources, as in Cilium's `labels.Labels`: a pod label `world` would replace the reserved one.
 *
 * @example
 * const labels = new LabelSet([{ source: "k8s", key: "app", value: "web" }]);
 * labels.lookup("any", "app"); // web: whatever its source
 * labels.lookup("reserved", "app"); // undefined
 */
export class LabelSet {
  private readonly byKey: ReadonlyMap<string, Label>;
  private readonly prefixes: readonly Prefix[];

  /** @param unknown Further labels of the source `k8s` that are not known. Default: none. */
  constructor(
    labels: Iterable<Label>,
    readonly unknown: UnknownLabels = new Map(),
  ) {
    const byKey = new Map<string, Label>();
    for (const label of labels) byKey.set(label.key, label);
    this.byKey = byKey;
    this.prefixes = [...byKey.values()]
      .filter((label) => label.source === CIDR_SOURCE)
      .map((label) => parsePrefixLabel(label.key))
      .filter((prefix) => prefix !== undefined);
  }

  /**
   * The value of the label that a selector's key refers to; undefined if there is none. A `cidr:` key matches by containment: the identity of
   * 10.1.2.3/32 has `cidr:10.0.0.0/8` (`Label.HasKey`).
   */
  lookup(source: string, key: string): string | undefined {
    const label = this.byKey.get(key);
    if (label !== undefined && (source === ANY_SOURCE || label.source === source)) return label.value;
    if (source !== CIDR_SOURCE) return undefined;
    const wanted = parsePrefixLabel(key);
    return wanted !== undefined && this.prefixes.some((prefix) => prefixContains(wanted, prefix)) ? "" : undefined;
  }

  /** Whether there is a label with this key, of any source. Cilium looks up `world`, `host` and the like this way. */
  hasKey(key: string): boolean {
    return this.byKey.has(key);
  }

  /** The address blocks that the identity carries as labels. */
  get blocks(): readonly Prefix[] {
    return this.prefixes;
  }

  /** In the order in which keys first appeared. */
  [Symbol.iterator](): IterableIterator<Label> {
    return this.byKey.values();
  }

  /** Canonical text: equal for equal labels. */
  toString(): string {
    const unknown = [...this.unknown].map(([key, missing]) => `?${key}=${missing}`);
    return [...[...this.byKey.values()].map((label) => `${label.source}:${label.key}=${label.value}`), ...unknown]
      .sort()
      .join(";");
  }
}
