import type { TransportMode } from "../mesh/transport";
import { type WellKnownWorkload, wellKnown, wellKnownEndpoint } from "../mesh/well-known";
import { DEFAULT_TRANSPORT_MODE } from "../mesh/wire";
import type { CidrRule, EgressRule, IngressRule, LabelSelector, PolicyManifest, Rule } from "../policy/manifest";
import { type Prefix, parsePrefix, prefixContains } from "../reachability/cidr";
import type { EndpointFacts, NamedPort } from "../reachability/scenario";
import { compareText } from "./problem";
import type { Workload } from "./workloads";

/**
 * The peers that no manifest describes but that policies tell apart: the world and the nodes, each block of addresses and each
 * DNS name that some policy names, and the cluster's own services where a policy mentions them.
 *
 * A named block stands for those of its addresses that no narrower named block holds, so that together they cover the outside
 * world without overlap, and `world` is the rest.
 */
export function peersOf(
  policies: readonly PolicyManifest[],
  workloads: readonly Workload[],
  mode: TransportMode = DEFAULT_TRANSPORT_MODE,
): EndpointFacts[] {
  const rules = policies.flatMap((policy) => [...(policy.spec ? [policy.spec] : []), ...(policy.specs ?? [])]);
  const ports = portsLeavingTheCluster(rules);
  const outside = ports.length > 0 ? ports : [{ port: 443, protocol: "TCP" }];
  const prefixes = namedPrefixes(rules);
  const entities = new Set(
    rules.flatMap((rule) =>
      directions(rule).flatMap(
        (item) =>
          ("fromEntities" in item ? item.fromEntities : "toEntities" in item ? item.toEntities : undefined) ?? [],
      ),
    ),
  );
  return [
    { id: "world", reserved: ["world"], ports: outside },
    { id: "host", reserved: ["host"] },
    { id: "remote-node", reserved: ["remote-node"] },
    { id: "kube-apiserver", reserved: ["kube-apiserver", "remote-node"], ports: [{ port: 6443, protocol: "TCP" }] },
    ...["health", "ingress", "init", "unmanaged"]
      .filter((entity) => entities.has(entity))
      .map((entity) => ({ id: entity, reserved: [entity] })),
    ...prefixes.flatMap((prefix) => {
      const ip = representative(prefix, prefixes);
      return ip === undefined ? [] : [{ id: formatPrefix(prefix), ip, ports: outside }];
    }),
    ...dnsPeers(rules, prefixes, outside),
    ...clusterServices(rules, workloads, mode),
  ];
}

type Item = IngressRule | EgressRule;

function directions(rule: Rule): Item[] {
  return [rule.ingress, rule.ingressDeny, rule.egress, rule.egressDeny].flatMap((items) => items ?? []);
}

/** TCP, UDP and SCTP ports of egress rules that can reach beyond pods. */
function portsLeavingTheCluster(rules: readonly Rule[]): NamedPort[] {
  const found = new Map<string, NamedPort>();
  for (const item of rules.flatMap((rule) => [...(rule.egress ?? []), ...(rule.egressDeny ?? [])])) {
    if (item.toEndpoints !== undefined || item.toServices !== undefined) continue;
    for (const { port, protocol } of (item.toPorts ?? []).flatMap((rule) => rule.ports ?? [])) {
      const number = Number(port);
      if (!Number.isInteger(number) || number < 1 || number > 65535) continue;
      const transport = protocol === undefined || protocol === "ANY" ? "TCP" : protocol;
      if (transport !== "TCP" && transport !== "UDP" && transport !== "SCTP") continue;
      found.set(`${transport}/${number}`, { port: number, protocol: transport });
    }
  }
  return [...found.values()].sort((a, b) => a.port - b.port || compareText(a.protocol ?? "", b.protocol ?? ""));
}

function namedPrefixes(rules: readonly Rule[]): Prefix[] {
  const found = new Map<string, Prefix>();
  const add = (text: string | undefined) => {
    const prefix = text === undefined ? undefined : parsePrefix(text);
    // The whole address space is what Cilium calls world.
    if (prefix !== undefined && prefix.bits > 0) found.set(formatPrefix(prefix), prefix);
  };
  for (const item of rules.flatMap(directions)) {
    const [plain, sets]: [string[], CidrRule[]] =
      "fromCIDR" in item || "fromCIDRSet" in item
        ? [item.fromCIDR ?? [], item.fromCIDRSet ?? []]
        : "toCIDR" in item || "toCIDRSet" in item
          ? [item.toCIDR ?? [], item.toCIDRSet ?? []]
          : [[], []];
    plain.forEach(add);
    for (const set of sets) [set.cidr, ...(set.except ?? [])].forEach(add);
  }
  return [...found.values()].sort(
    (a, b) => a.family - b.family || (a.address < b.address ? -1 : a.address > b.address ? 1 : a.bits - b.bits),
  );
}

/** As RFC 5952 writes it; the URL standard shortens IPv6 addresses in the same way. */
function formatAddress({ family, address }: Prefix): string {
  const digits = (count: number, bits: number) =>
    Array.from(
      { length: count },
      (_, index) => (address >> BigInt(bits * (count - 1 - index))) & ((1n << BigInt(bits)) - 1n),
    );
  if (family === 4) return digits(4, 8).join(".");
  const groups = digits(8, 16).map((group) => group.toString(16));
  return new URL(`http://[${groups.join(":")}]`).hostname.slice(1, -1);
}

const formatPrefix = (prefix: Prefix): string => `${formatAddress(prefix)}/${prefix.bits}`;

const widthOf = (prefix: Prefix) => (prefix.family === 4 ? 32 : 128);
const sizeOf = (prefix: Prefix) => 1n << BigInt(widthOf(prefix) - prefix.bits);

/** An address of the block that lies in no narrower one; free space begins where the block does or where a narrower one ends. */
function representative(prefix: Prefix, all: readonly Prefix[]): string | undefined {
  const narrower = all.filter((other) => other.bits > prefix.bits && prefixContains(prefix, other));
  const candidates = [prefix.address, ...narrower.map((other) => other.address + sizeOf(other))];
  const address = candidates
    .map((candidate): Prefix => ({ family: prefix.family, address: candidate, bits: widthOf(prefix) }))
    .find(
      (candidate) => prefixContains(prefix, candidate) && !narrower.some((other) => prefixContains(other, candidate)),
    );
  return address && formatAddress(address);
}

/** DNS names stand at addresses set aside for benchmarks (RFC 2544), outside every named block, so that only the name counts. */
function dnsPeers(rules: readonly Rule[], prefixes: readonly Prefix[], ports: NamedPort[]): EndpointFacts[] {
  const names = new Set<string>();
  for (const selector of rules.flatMap((rule) => rule.egress ?? []).flatMap((item) => item.toFQDNs ?? [])) {
    const name = selector.matchName ?? selector.matchPattern;
    if (name !== undefined && name !== "") names.add(name);
  }
  let next = 0xc6120000n;
  const free = () => {
    for (;;) {
      const address: Prefix = { family: 4, address: ++next, bits: 32 };
      if (!prefixes.some((prefix) => prefixContains(prefix, address))) return formatAddress(address);
    }
  };
  return [...names]
    .sort(compareText)
    .map((name) => ({ id: name, ip: free(), fqdn: name.replaceAll("*", "any"), ports }));
}

/** What shows that a policy speaks of a well-known workload: a selector with this key (source and prefix aside) and this value. */
function mentionOf({ namespace, labels, meshed }: WellKnownWorkload): string {
  return meshed
    ? `${namespaceKey}=${namespace}`
    : Object.entries(labels)
        .map(([key, value]) => `${key}=${value}`)
        .join();
}

const namespaceKey = "io.kubernetes.pod.namespace";

function clusterServices(rules: readonly Rule[], workloads: readonly Workload[], mode: TransportMode): EndpointFacts[] {
  const mentioned = new Set<string>();
  for (const selector of rules.flatMap(selectorsOf)) {
    for (const [key, value] of Object.entries(selector.matchLabels ?? {})) mentioned.add(`${bare(key)}=${value}`);
    for (const { key, values } of selector.matchExpressions ?? []) {
      for (const value of values ?? []) mentioned.add(`${bare(key)}=${value}`);
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
    .map((known) => wellKnownEndpoint(`${known.namespace}/${known.name}`, known, mode));
}

function selectorsOf(rule: Rule): LabelSelector[] {
  return directions(rule).flatMap((item) =>
    "fromEndpoints" in item ? (item.fromEndpoints ?? []) : "toEndpoints" in item ? (item.toEndpoints ?? []) : [],
  );
}

/** `k8s:app` and `any:app` select `app`. */
const bare = (key: string) =>
  key
    .replace(/^(k8s|any):/, "")
    .replace(/^io\.cilium\.k8s\.namespace\.labels\.kubernetes\.io\/metadata\.name$/, namespaceKey);
