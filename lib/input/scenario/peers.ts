import { isDeepStrictEqual } from "node:util";
import { NAMESPACE_KEY } from "../../cilium/api/labels";
import type { EvaluatedPolicy, Rule, ServiceSelector } from "../../cilium/api/policy";
import { peersNamed, possibleRules } from "../../cilium/api/rule-items";
import { matchingServices } from "../../cilium/policy/services";
import { compareText } from "../../common/text";
import { formatPrefix, parseAddress } from "../../kubernetes/cidr";
import type { LabelSelector } from "../../kubernetes/label-selector";
import { type WellKnownWorkload, wellKnown, wellKnownEndpoint } from "../../linkerd/wire/well-known";
import type { EndpointFacts, NamedPort, ServiceFacts } from "../../scenario/scenario";
import type { ApiServer } from "../manifests/api-server";
import { serves } from "../manifests/gateways";
import type { Workload } from "../manifests/workloads";
import { addressPeers, type GroupsOfStates } from "./address-peers";
import { exampleOf, rulePorts } from "./rule-ports";

/**
 * The peers that no manifest describes but that policies distinguish: the world and the nodes, each address block and DNS name that a policy names,
 * and well-known workloads of the cluster, such as DNS, if a policy mentions them.
 *
 * A named block represents its addresses outside of narrower named blocks. So the blocks do not overlap, and `world` is the rest.
 */
export function peersOf(
  policies: readonly EvaluatedPolicy[],
  {
    workloads,
    groups = [[], []],
    services = [],
    apiServer,
    cidrsMatchNodes = false,
    hosts = [],
    servesGateways = false,
    networks = [],
    authorized = [],
    nodeSelectors = [],
    takenAddresses = [],
    ipv6,
  }: {
    workloads: readonly Workload[];
    groups?: GroupsOfStates;
    services?: readonly ServiceFacts[];
    apiServer?: ApiServer | undefined;
    /** Whether CIDRs match nodes. Default: false. */
    cidrsMatchNodes?: boolean;
    /** Host names that the cluster's own Gateways serve. */
    hosts?: readonly string[];
    /** Whether the cluster has Gateways or Ingresses. */
    servesGateways?: boolean;
    /** Blocks and addresses that Linkerd's EgressNetworks distinguish. */
    networks?: readonly string[];
    /** Blocks and addresses that Linkerd's authorization distinguishes. */
    authorized?: readonly string[];
    /** Selectors of nodes with settings of their own. */
    nodeSelectors?: readonly LabelSelector[];
    /** Addresses that other peers represent. */
    takenAddresses?: readonly string[];
    /** Whether agents assign IPv6 addresses. Undefined: unknown. */
    ipv6?: boolean | undefined;
  },
): EndpointFacts[] {
  const rules = policies.flatMap(possibleRules);
  const ports = egressPorts(rules, services);
  const outside = ports.length > 0 ? ports : [{ port: 443, protocol: "TCP" }];
  const entities = new Set(rules.flatMap(peersNamed).flatMap((lists) => lists.entities ?? []));
  const backends = [...namedBackends(rules, services), ...networks];
  const { rest, addresses } = addressPeers(rules, groups, {
    known: policies.flatMap(knownRules),
    backends,
    authorized,
    ipv6,
  });
  const others = new Set(takenAddresses.map(addressKey));
  const isTaken = (ip: string) => others.has(addressKey(ip));
  return [
    ...(rest === undefined ? [] : [{ id: "world", ...rest, ports: outside }]),
    ...selectedNodes([...rules.flatMap(({ nodeSelector }) => nodeSelector ?? []), ...nodeSelectors]),
    { id: "host", reserved: ["host"] },
    { id: "remote-node", reserved: ["remote-node"] },
    ...apiServers(apiServer, cidrsMatchNodes),
    ...["health", "ingress", "init", "unmanaged"]
      .filter((entity) => entities.has(entity) || (entity === "ingress" && servesGateways))
      .map((entity) => ({ id: entity, reserved: [entity] })),
    ...addresses
      .filter((peer) => peer.fqdn !== undefined || !isTaken(peer.ip))
      .map((peer) => ({
        ...peer,
        ports: outside,
        ...(peer.fqdn !== undefined && serves(hosts, peer.fqdn) && { isOwnName: true }),
      })),
    ...clusterServices(rules, workloads),
  ];
}

const knownRules = ({ undecided: _, ...policy }: EvaluatedPolicy): Rule[] => possibleRules(policy);

/** The API server, on a node that is not the pod's own or outside the cluster. One for each address if policies may distinguish them. */
function apiServers({ isOutside, addresses, port = 6443 }: ApiServer = onNode, byAddress: boolean): EndpointFacts[] {
  const reserved = isOutside ? ["kube-apiserver"] : ["kube-apiserver", "remote-node"];
  const facts = {
    id: "kube-apiserver",
    reserved,
    ports: [{ port, protocol: "TCP" }],
    ...(!isOutside && { nodeLabels: { "node-role.kubernetes.io/control-plane": "" } }),
  };
  const [first] = addresses;
  if (first === undefined) return [isOutside ? { ...facts, reserved: ["kube-apiserver", "world"] } : facts];
  if (!isOutside && !byAddress) return [facts];
  return addresses.map((ip) => ({ ...facts, id: ip === first ? facts.id : `${facts.id} ${ip}`, ip }));
}

/** For each `nodeSelector`, a node that it selects, and one that all of them select, if that is possible. Other nodes have none of their labels. */
function selectedNodes(selectors: readonly LabelSelector[]): EndpointFacts[] {
  const each = selectors.map(labelsMatching);
  const keys = each.flatMap((labels) => Object.entries(labels).map(([key, value]) => `${key}=${value}`));
  const all = Object.assign({}, ...each) as Record<string, string>;
  const canBeAll = Object.keys(all).length === new Set(keys).size;
  const nodes = [...each, ...(canBeAll ? [all] : [])].filter((labels) => Object.keys(labels).length > 0);
  const named = nodes.map((nodeLabels): [string, EndpointFacts] => {
    const words = Object.entries(nodeLabels).map(([key, value]) => (value === "" ? key : `${key}=${value}`));
    const id = `any node with ${words.sort(compareText).join(", ")}`;
    return [id, { id, reserved: ["remote-node"], nodeLabels, representative: { foldsInto: ["remote-node"] } }];
  });
  return [...new Map(named).values()];
}

/** Labels of a node that a selector matches. */
function labelsMatching({ matchLabels = {}, matchExpressions = [] }: LabelSelector): Record<string, string> {
  const labels = Object.entries(matchLabels).map(([key, value]) => [withoutSource(key), value] as const);
  const listed = matchExpressions.flatMap(({ key, operator, values }) => {
    if (operator === "Exists") return [[withoutSource(key), ""] as const];
    return operator === "In" ? [[withoutSource(key), values?.[0] ?? ""] as const] : [];
  });
  return Object.fromEntries([...labels, ...listed]);
}

/** A key that is equal for every spelling of an address. */
function addressKey(text: string): string {
  const address = parseAddress(text);
  return address === undefined ? text : formatPrefix(address);
}

const onNode: ApiServer = { isOutside: false, addresses: [] };

/** The ports and ICMP types of egress rules that may reach beyond pods. */
function egressPorts(rules: readonly Rule[], services: readonly ServiceFacts[]): NamedPort[] {
  const named = rules
    .flatMap((rule) => [...(rule.egress ?? []), ...(rule.egressDeny ?? [])])
    .filter(({ toEndpoints, toServices }) => toEndpoints === undefined && maySelectOutside(toServices, services))
    .map(rulePorts);
  const found = named.flatMap(({ single }) => single);
  for (const range of named.flatMap(({ ranges }) => ranges)) {
    const example = exampleOf(range, found);
    if (!found.some(({ standsFor }) => isDeepStrictEqual(standsFor, example.standsFor))) found.push(example);
  }
  const distinct = new Map(found.map((port) => [`${port.protocol}/${port.port}`, port]));
  return [...distinct.values()].sort((a, b) => a.port - b.port || compareText(a.protocol ?? "", b.protocol ?? ""));
}

/**
 * Whether `toServices` may select peers outside: an unknown Service leaves a rule without peers, which selects everything, and one without a selector
 * is its addresses.
 */
function maySelectOutside(references: ServiceSelector[] | undefined, services: readonly ServiceFacts[]): boolean {
  if (references === undefined) return true;
  const found = references.flatMap((reference) => matchingServices(reference, services));
  return found.length === 0 || found.some(({ selector = {} }) => Object.keys(selector).length === 0);
}

/** The addresses behind Services without a selector that some rule names. */
function namedBackends(rules: readonly Rule[], services: readonly ServiceFacts[]): string[] {
  return rules
    .flatMap(({ egress = [] }) => egress)
    .flatMap(({ toServices = [] }) => toServices)
    .flatMap((reference) => matchingServices(reference, services))
    .filter(({ selector = {} }) => Object.keys(selector).length === 0)
    .flatMap(({ backends = [] }) => backends);
}

/** What shows that a policy mentions a well-known workload: a selector with this `key=value`, without source and prefix. */
function mentionOf({ namespace, labels, meshed }: WellKnownWorkload): string {
  return meshed
    ? `${NAMESPACE_KEY}=${namespace}`
    : Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join();
}

function clusterServices(rules: readonly Rule[], workloads: readonly Workload[]): EndpointFacts[] {
  const mentioned = new Set<string>();
  for (const selector of rules.flatMap(peersNamed).flatMap(({ endpoints }) => endpoints ?? [])) {
    for (const [key, value] of Object.entries(selector.matchLabels ?? {}))
      mentioned.add(`${withoutSource(key)}=${value}`);
    for (const { key, values } of selector.matchExpressions ?? []) {
      for (const value of values ?? []) mentioned.add(`${withoutSource(key)}=${value}`);
    }
  }
  return Object.values<WellKnownWorkload>(wellKnown)
    .filter((known) => {
      const described = workloads.some(
        ({ endpoint }) =>
          endpoint.namespace === known.namespace &&
          Object.entries(known.labels).every(([label, text]) => endpoint.labels[label] === text),
      );
      return mentioned.has(mentionOf(known)) && !described;
    })
    .map((known) => wellKnownEndpoint(`${known.namespace}/${known.name}`, known));
}

/** `k8s:app` and `any:app` select `app`. */
const withoutSource = (key: string) =>
  key
    .replace(/^(k8s|any):/, "")
    .replace(/^io\.cilium\.k8s\.namespace\.labels\.kubernetes\.io\/metadata\.name$/, NAMESPACE_KEY);
