import { type Prefix, parseAddress, prefixLabelKey } from "../../kubernetes/cidr";
import { isPortName, PROTOCOL_NUMBERS, portNameKey } from "../../kubernetes/ports";
import type { ClusterFacts, EndpointFacts, Scenario } from "../../scenario/scenario";
import { fqdnLabels } from "../api/fqdn-patterns";
import { CIDR_SOURCE, K8S_SOURCE, type Label, LabelSet, RESERVED_SOURCE, splitSource } from "../api/labels";
import { cidrGroupLabels } from "./cidr-group";
import { clusterName } from "./cluster-name";
import { labelFilters, podLabels } from "./pod-labels";

export { clusterName, DEFAULT_CLUSTER } from "./cluster-name";
export { podLabels } from "./pod-labels";

/**
 * A pod, an address outside the cluster, or a reserved identity of Cilium's: a node, the world, the API server … `node` is a node as the subject of
 * policies with a `nodeSelector`; as a peer it is `reserved`.
 */
export type IdentityKind = "pod" | "address" | "reserved" | "node";

/**
 * A Cilium security identity: a set of labels, shared by every pod that has them. Named ports are part of it, because Cilium 1.20 resolves them per
 * identity.
 */
export interface Identity {
  /** What the identity belongs to. */
  kind: IdentityKind;
  /** The labels that selectors match. */
  labels: LabelSet;
  /** Port numbers by `name/protocol number`. */
  namedPorts: ReadonlyMap<string, number>;
  /** Named ports whose number is not known: the missing fact by name, or by `*` for any name. Default: none. */
  unknownPorts?: Readonly<Record<string, string>>;
  /** The reserved identity that stands for the whole class in a policy map (`pkg/policy/aggregate.go`). */
  aggregate: Aggregate;
}

/**
 * The reserved identities under which a policy map holds a whole class at once. A lookup tries the exact identity and its aggregate. `any` is
 * identity 0, the aggregate of the reserved identities.
 */
export const AGGREGATES = [
  "any",
  "aggregate-cluster",
  "aggregate-world",
  "aggregate-cluster-mesh",
  "aggregate-remote-node",
] as const;
export type Aggregate = (typeof AGGREGATES)[number];

/** The labels of an aggregate. Only entities that mean the whole class select them. */
export function aggregateLabels(aggregate: Exclude<Aggregate, "any">): LabelSet {
  return new LabelSet([{ source: RESERVED_SOURCE, key: aggregate, value: "" }]);
}

/** Whether a pod belongs to this cluster rather than to another one of the cluster mesh. */
export function isOfOwnCluster(
  { cluster }: Pick<EndpointFacts, "cluster">,
  scenario: Pick<Scenario, "cluster">,
): boolean {
  return cluster === undefined || cluster === clusterName(scenario.cluster);
}

/**
 * The kind of identity that an endpoint of a scenario has.
 *
 * @example
 * endpointKind({ id: "10.0.0.0/8", ip: "10.0.0.0/8" }); // address
 * endpointKind({ id: "host", reserved: ["host"] }); // reserved
 */
export function endpointKind(endpoint: Pick<EndpointFacts, "id" | "reserved" | "ip">): Exclude<IdentityKind, "node"> {
  const { reserved = [], ip = "" } = endpoint;
  if (reserved.length > 0) return ip !== "" && reserved.join() === "kube-apiserver" ? "address" : "reserved";
  return ip === "" ? "pod" : "address";
}

/**
 * Whether an endpoint is outside the cluster: an address, the world, or outside clients that arrive with a node's identity. The API server is not,
 * wherever it runs, nor is a name that the cluster's own Gateway serves.
 */
export function isWorld(endpoint: EndpointFacts): boolean {
  if (endpoint.forwardedTo !== undefined) return true;
  if (endpoint.reserved?.includes("kube-apiserver") === true || endpoint.isOwnName === true) return false;
  return endpoint.reserved?.some((label) => label.startsWith("world")) === true || endpointKind(endpoint) === "address";
}

/**
 * The identity of an endpoint.
 *
 * @param fqdnPatterns The DNS names and patterns in the policies. An address that resolves from one of them has it as a label. Default: none.
 * @example
 * const [first] = scenario.endpoints;
 * if (first !== undefined) endpointIdentity(first, scenario, ["*.example.com"]).labels;
 */
export function endpointIdentity(
  endpoint: EndpointFacts,
  scenario: Scenario,
  fqdnPatterns: readonly string[] = [],
): Identity {
  const kind = endpointKind(endpoint);
  const namedPorts = endpointPorts(endpoint);
  switch (kind) {
    case "reserved":
      return { kind, namedPorts, ...reservedIdentity(endpoint, scenario) };
    case "address":
      return {
        kind,
        namedPorts,
        aggregate: "aggregate-world",
        labels: addressLabels(endpoint, scenario, fqdnPatterns),
      };
    case "pod":
      return {
        kind,
        namedPorts,
        aggregate: isOfOwnCluster(endpoint, scenario) ? "aggregate-cluster" : "aggregate-cluster-mesh",
        labels: podLabels(endpoint, scenario),
        ...(endpoint.unknownPorts && { unknownPorts: endpoint.unknownPorts }),
      };
  }
}

/** The reserved label of the world for one address family. With IPv6 enabled there is one for each family. */
export function worldKey(family: Prefix["family"], cluster: ClusterFacts | undefined): string {
  if (family === 6) return "world-ipv6";
  return cluster?.ipv6 === true ? "world-ipv4" : "world";
}

function addressLabels(
  endpoint: EndpointFacts,
  { cluster, cidrGroups }: Pick<Scenario, "cluster" | "cidrGroups">,
  fqdnPatterns: readonly string[],
): LabelSet {
  const address = parseAddress(endpoint.ip ?? "");
  if (address === undefined) throw new TypeError(`endpoint ${endpoint.id}: "${endpoint.ip}" is not an IP address`);
  return new LabelSet([
    { source: CIDR_SOURCE, key: prefixLabelKey(address), value: "" },
    { source: RESERVED_SOURCE, key: worldKey(address.family, cluster), value: "" },
    // The agent adds the API server's label to the labels of its address (`resolveLabels`).
    ...(endpoint.reserved ?? []).map((key) => ({ source: RESERVED_SOURCE, key, value: "" })),
    ...cidrGroupLabels(address, cidrGroups),
    ...(endpoint.fqdn === undefined ? [] : fqdnLabels(endpoint.fqdn, fqdnPatterns)),
  ]);
}

/**
 * With `--policy-cidr-match-mode=nodes`, each remote node has its own identity with the labels of its address, and remote nodes have their own
 * aggregate (`resolveLabels`, `ScopeForLabels`, `aggregateFor`).
 */
function reservedIdentity(
  { id, reserved = [], ip }: EndpointFacts,
  { cluster, cidrGroups }: Pick<Scenario, "cluster" | "cidrGroups">,
): Pick<Identity, "aggregate" | "labels"> {
  const labels = reservedLabels(reserved);
  const isRemote = labels.hasKey("remote-node");
  if (cluster?.cidrMatchMode?.includes("nodes") !== true) return { aggregate: "any", labels };
  const aggregate = isRemote ? "aggregate-remote-node" : "any";
  if (ip === undefined || ip === "" || !(isRemote || labels.hasKey("host"))) return { aggregate, labels };
  const address = parseAddress(ip);
  if (address === undefined) throw new TypeError(`endpoint ${id}: "${ip}" is not an IP address`);
  const own = [
    { source: CIDR_SOURCE, key: prefixLabelKey(address), value: "" },
    ...cidrGroupLabels(address, cidrGroups),
  ];
  return { aggregate, labels: new LabelSet([...labels, ...own]) };
}

/** Whether an endpoint is a node or shares its network, so that policies with a `nodeSelector` may select it. */
export function isNode(endpoint: Pick<EndpointFacts, "id" | "reserved" | "ip">): boolean {
  const { reserved = [] } = endpoint;
  if (endpointKind(endpoint) !== "reserved" || reserved.includes("world")) return false;
  return reserved.some((name) => name === "host" || name === "remote-node" || name === "kube-apiserver");
}

/**
 * The identity of a node as the subject of policies. Its own agent decides, which sees it as the host, with the labels of its Node object
 * (`InitWithNodeLabels`) and, if the API server runs there, its label.
 */
export function nodeIdentity(node: EndpointFacts, scenario: Scenario): Identity {
  const { reserved = [], nodeLabels = {} } = node;
  const own = ["host", ...reserved.filter((name) => name === "kube-apiserver").slice(0, 1)];
  const { possible, missing } = labelFilters(node, scenario);
  const all = Object.entries(nodeLabels).map(
    ([key, value]): Label => ({ source: K8S_SOURCE, key: splitSource(key).key, value }),
  );
  const labels = all.filter((label) => possible.every((keeps) => keeps(label)));
  const undecided = all.filter((label) => !labels.includes(label) && possible.some((keeps) => keeps(label)));
  return {
    kind: "node",
    namedPorts: new Map(),
    aggregate: "any",
    labels: new LabelSet(
      [...own.map((key) => ({ source: RESERVED_SOURCE, key, value: "" })), ...labels],
      new Map(undecided.map(({ key }) => [key, missing])),
    ),
  };
}

/** The identity of Cilium's ingress proxy as the subject of policies. A clusterwide policy that selects every endpoint also selects it, like a pod. */
export const ingressIdentity: Identity = {
  kind: "pod",
  namedPorts: new Map(),
  aggregate: "any",
  labels: new LabelSet([{ source: RESERVED_SOURCE, key: "ingress", value: "" }]),
};

/** The labels of a reserved identity. An API server on another node has two. */
function reservedLabels(names: readonly string[]): LabelSet {
  const effective = names.length === 1 && names[0] === "kube-apiserver" ? ["kube-apiserver", "remote-node"] : names;
  return new LabelSet(effective.map((key) => ({ source: RESERVED_SOURCE, key, value: "" })));
}

/** The named ports of an endpoint. Cilium ignores names that are not IANA service names, and lower-cases the others. */
function endpointPorts(endpoint: EndpointFacts): ReadonlyMap<string, number> {
  const ports = new Map<string, number>();
  for (const { name, port, protocol } of endpoint.ports ?? []) {
    if (name === undefined || !isPortName(name)) continue;
    const number = PROTOCOL_NUMBERS.get((protocol ?? "TCP").toLowerCase());
    if (number === undefined) continue;
    // A later port of the same name replaces an earlier one, even of another protocol (`NamedPortMap.AddPort`).
    for (const key of [...ports.keys()]) if (key.startsWith(`${name.toLowerCase()}/`)) ports.delete(key);
    ports.set(portNameKey(name.toLowerCase(), number), port);
  }
  return ports;
}
