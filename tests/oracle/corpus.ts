import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseAllDocuments } from "yaml";
import { splitSource } from "../../lib/cilium/api/labels";
import type { EgressRule, IngressRule, PolicyManifest } from "../../lib/cilium/api/policy";
import { policyRules } from "../../lib/cilium/api/refusals";
import type { LabelSelector } from "../../lib/kubernetes/label-selector";
import type { EndpointFacts, Flow, NamespaceFacts, Scenario } from "../../lib/reachability";
import type { Case } from "./oracle";

/** The folders of Cilium's Go module that hold policies: examples of its documentation, and manifests of its end-to-end tests. */
const FOLDERS = ["examples", "test"];
const KINDS: readonly string[] = ["CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"];

export interface CorpusFile {
  file: string;
  asked: Case;
}

/** Every file of the module that holds policies, with a cluster that has what its rules name. */
export function corpus(module: string): { files: CorpusFile[]; unreadable: string[] } {
  const files: CorpusFile[] = [];
  const unreadable: string[] = [];
  for (const folder of FOLDERS) {
    for (const name of readdirSync(path.join(module, folder), { recursive: true }) as string[]) {
      if (!/\.(ya?ml|json)$/.test(name)) continue;
      const file = path.join(folder, name);
      const text = readFileSync(path.join(module, file), "utf8");
      if (!KINDS.some((kind) => text.includes(kind))) continue;
      // Helm charts and Go templates are not YAML yet.
      const documents = text.includes("{{") ? [] : parseAllDocuments(text);
      if (documents.length === 0 || documents.some(({ errors }) => errors.length > 0)) unreadable.push(file);
      else {
        const policies = documents.map((document) => document.toJS() as unknown).flatMap(policiesOf);
        if (policies.length > 0) files.push({ file, asked: { policies, scenario: exercising(policies) } });
      }
    }
  }
  return { files, unreadable };
}

function policiesOf(document: unknown): PolicyManifest[] {
  const object = document as { kind?: string; items?: unknown[] } | null;
  if (object?.kind?.endsWith("List")) return (object.items ?? []).flatMap(policiesOf);
  return KINDS.includes(object?.kind ?? "") ? [object as PolicyManifest] : [];
}

/** A cluster with a pod for every selector, an address for every block and DNS name, and every reserved identity. */
function exercising(policies: readonly PolicyManifest[]): Scenario {
  const namespaces = new Map<string, NamespaceFacts>();
  const endpoints = new Map<string, EndpointFacts>();
  const ports = new Set(["TCP 80", "UDP 53", "ICMP 8"]);
  const add = (endpoint: Unnamed) => {
    const key = JSON.stringify(endpoint);
    if (!endpoints.has(key)) endpoints.set(key, { id: `e${endpoints.size}`, ...endpoint });
  };
  for (const policy of policies) {
    const home = policy.metadata?.namespace ?? "default";
    add({ namespace: home, labels: { unmentioned: "pod" } });
    for (const { rule } of policyRules(policy)) {
      addPod(rule.endpointSelector, home, add, namespaces);
      for (const item of [
        ...(rule.ingress ?? []),
        ...(rule.ingressDeny ?? []),
        ...(rule.egress ?? []),
        ...(rule.egressDeny ?? []),
      ]) {
        addPeers(item as IngressRule & EgressRule, home, add, namespaces);
        addPorts(item as IngressRule & EgressRule, ports);
      }
    }
  }
  for (const reserved of [
    ["host"],
    ["remote-node"],
    ["remote-node", "kube-apiserver"],
    ["world"],
    ["ingress"],
    ["health"],
  ])
    add({ reserved });
  add({ ip: "198.51.100.77" });
  const all = [...endpoints.values()];
  const known = new Set(all.map(({ namespace }) => namespace).filter((namespace) => namespace !== undefined));
  return {
    namespaces: [...known].map((name) => namespaces.get(name) ?? { name }),
    endpoints: all,
    flows: flowsOf(all, [...ports].slice(0, 8)),
  };
}

/** An endpoint that gets its `id` when it is added. */
type Unnamed = EndpointFacts extends infer One ? (One extends unknown ? Omit<One, "id"> : never) : never;
type Add = (endpoint: Unnamed) => void;

function addPeers(
  item: IngressRule & EgressRule,
  home: string,
  add: Add,
  namespaces: Map<string, NamespaceFacts>,
): void {
  for (const selector of [...(item.fromEndpoints ?? []), ...(item.toEndpoints ?? [])])
    addPod(selector, home, add, namespaces);
  const blocks = [...(item.fromCIDRSet ?? []), ...(item.toCIDRSet ?? [])].flatMap(({ cidr, except = [] }) => [
    cidr ?? "",
    ...except,
  ]);
  for (const block of [...(item.fromCIDR ?? []), ...(item.toCIDR ?? []), ...blocks]) {
    const address = block.split("/")[0] ?? "";
    if (/^[0-9.]+$|:/.test(address)) add({ ip: address });
  }
  for (const [index, { matchName, matchPattern }] of (item.toFQDNs ?? []).entries()) {
    add({ ip: `203.0.113.${index + 1}`, fqdn: matchName ?? (matchPattern ?? "").replaceAll("*", "sub") });
  }
}

/** A pod that a selector selects, as far as possible. */
function addPod(
  selector: LabelSelector | undefined,
  home: string,
  add: Add,
  namespaces: Map<string, NamespaceFacts>,
): void {
  const wanted = new Map(Object.entries(selector?.matchLabels ?? {}));
  for (const { key, operator, values = [] } of selector?.matchExpressions ?? []) {
    if (operator === "In") wanted.set(key, values[0] ?? "");
    if (operator === "Exists") wanted.set(key, "any");
  }
  const labels: Record<string, string> = {};
  let namespace = home;
  let serviceAccount: string | undefined;
  const prefix = "io.cilium.k8s.namespace.labels.";
  for (const [sourced, value] of wanted) {
    const { source, key } = splitSource(sourced);
    if (source === "reserved") return;
    if (key === "io.kubernetes.pod.namespace") namespace = value;
    else if (key === "io.cilium.k8s.policy.serviceaccount") serviceAccount = value;
    else if (key.startsWith(prefix)) {
      namespace = `with-${value}`;
      namespaces.set(namespace, { name: namespace, labels: { [key.slice(prefix.length)]: value } });
    } else labels[key] = value;
  }
  const ports = [
    { name: "http", port: 80 },
    { name: "dns", port: 53, protocol: "UDP" },
  ];
  add({ namespace, labels, ports, ...(serviceAccount === undefined ? {} : { serviceAccount }) });
}

function addPorts({ toPorts = [], icmps = [] }: IngressRule & EgressRule, ports: Set<string>): void {
  for (const { port = "", protocol = "TCP" } of toPorts.flatMap((rule) => rule?.ports ?? [])) {
    const number = Number(port);
    if (number > 0) for (const name of protocol === "ANY" ? ["TCP", "UDP"] : [protocol]) ports.add(`${name} ${number}`);
  }
  if (icmps.length > 0) ports.add("ICMPv6 128");
}

const KNOWN_PROTOCOLS: readonly string[] = ["TCP", "UDP", "SCTP", "ICMP", "ICMPv6"];

function flowsOf(endpoints: readonly EndpointFacts[], ports: readonly string[]): Flow[] {
  const asked = ports.map((text) => text.split(" ")).filter(([proto = ""]) => KNOWN_PROTOCOLS.includes(proto));
  return endpoints.flatMap((from) =>
    endpoints
      .filter((to) => to !== from)
      .flatMap((to) =>
        asked.map(([proto = "", port]): Flow => ({ from: from.id, to: to.id, proto, port: Number(port) })),
      ),
  );
}
