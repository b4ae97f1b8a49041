import type { KubernetesNetworkPolicy, KubernetesPeer, KubernetesPort } from "../../lib/cilium/api/from-kubernetes";
import type {
  CidrRule,
  EgressRule,
  IngressRule,
  PolicyManifest,
  PortProtocol,
  PortRule,
  Rule,
} from "../../lib/cilium/api/policy";
import { policyRules } from "../../lib/cilium/api/refusals";
import type { Case, OracleAnswer } from "./oracle";

export type CornerCounts = Map<string, number>;

interface Item {
  rule: IngressRule & EgressRule;
  deny: boolean;
}

/** A corner of the semantics, and whether a case with its answer covers it. */
const CORNERS: Readonly<Record<string, (seen: Seen) => boolean>> = {
  "policy: clusterwide": ({ policies }) => policies.some(({ kind }) => kind === "CiliumClusterwideNetworkPolicy"),
  "policy: without namespace": ({ policies }) =>
    policies.some(({ kind, metadata }) => kind === "CiliumNetworkPolicy" && metadata.namespace === undefined),
  "policy: specs": ({ policies }) => policies.some(({ specs }) => (specs ?? []).length > 0),
  "policy: spec and specs": ({ policies }) =>
    policies.some(({ spec, specs }) => spec !== undefined && specs !== undefined),
  "policy: node selector": ({ rules }) => rules.some(({ nodeSelector }) => nodeSelector !== undefined),
  "policy: two of one name": ({ policies }) =>
    new Set(policies.map((policy) => JSON.stringify([policy.kind, policy.metadata]))).size < policies.length,
  "policy: refused": ({ answer }) => (answer.refused ?? []).length > 0,
  "policy: no rule at all": ({ rules }) =>
    rules.some((rule) =>
      [rule.ingress, rule.egress, rule.ingressDeny, rule.egressDeny].every((list) => (list ?? []).length === 0),
    ),
  "default deny: switched off": ({ rules }) =>
    rules.some(({ enableDefaultDeny }) => enableDefaultDeny?.ingress === false || enableDefaultDeny?.egress === false),
  "default deny: asked for without a rule": ({ rules }) =>
    rules.some(
      ({ enableDefaultDeny, egress, egressDeny }) =>
        enableDefaultDeny?.egress === true && (egress ?? egressDeny) === undefined,
    ),
  "deny rule": ({ items }) => items.some(({ deny }) => deny),
  "deny decides": ({ answer }) =>
    (answer.results ?? []).some(
      (line) => denies(line.egress, line.egressRules) || denies(line.ingress, line.ingressRules),
    ),
  "default deny decides": ({ answer }) =>
    (answer.results ?? []).some((line) => line.ingress === "denied" && line.ingressRules === undefined),
  "allow-localhost decides": ({ answer }) =>
    (answer.results ?? []).some(({ ingressRules }) => ingressRules?.some((name) => name.includes("allow-localhost"))),
  "a deny overrides allow-localhost": ({ answer, asked }) =>
    (answer.results ?? []).some(
      (line) =>
        denies(line.ingress, line.ingressRules) &&
        asked.scenario.endpoints.find(({ id }) => id === line.from)?.reserved?.[0] === "host",
    ),
  "allow-any in the lowest tier decides beside rules": ({ answer, rules }) =>
    rules.some(({ enableDefaultDeny }) => enableDefaultDeny?.ingress === false) &&
    (answer.results ?? []).some(({ ingressRules }) => ingressRules?.some((name) => name.includes("allow-any"))),
  "several policies decide": ({ answer }) =>
    (answer.results ?? []).some(
      ({ egressRules, ingressRules }) => (egressRules ?? []).length > 1 || (ingressRules ?? []).length > 1,
    ),
  "rules that cannot be merged": ({ answer }) =>
    (answer.results ?? []).some(({ egress, ingress }) => egress.startsWith("error") || ingress.startsWith("error")),
  "empty rule": ({ items }) => items.some(({ rule }) => Object.keys(rule).length === 0),
  "peers: empty list": ({ items }) =>
    items.some(({ rule }) =>
      [rule.fromEndpoints, rule.toEndpoints, rule.fromEntities, rule.toEntities, rule.fromCIDR, rule.toCIDR].some(
        (list) => list?.length === 0,
      ),
    ),
  "peers: absent with ports": ({ items }) =>
    items.some(({ rule }) => Object.keys(rule).join() === "toPorts" && (rule.toPorts ?? []).length > 0),
  "peers: every endpoint": ({ items }) =>
    items.some(({ rule }) =>
      [...(rule.fromEndpoints ?? []), ...(rule.toEndpoints ?? [])].some(
        (selector) => Object.keys(selector).length === 0,
      ),
    ),
  "peers: CIDR": ({ items }) => items.some(({ rule }) => (rule.fromCIDR ?? rule.toCIDR ?? []).length > 0),
  "peers: CIDR with except": ({ cidrRules }) => cidrRules.some(({ except }) => (except ?? []).length > 0),
  "peers: CIDR group": ({ cidrRules }) =>
    cidrRules.some(
      ({ cidrGroupRef, cidrGroupSelector }) => cidrGroupRef !== undefined || cidrGroupSelector !== undefined,
    ),
  "peers: CIDR group that is known": ({ asked, cidrRules }) =>
    cidrRules.some(({ cidrGroupRef }) => asked.scenario.cidrGroups?.some(({ name }) => name === cidrGroupRef)),
  "peers: CIDR groups by label": ({ asked, cidrRules }) =>
    (asked.scenario.cidrGroups ?? []).length > 0 &&
    cidrRules.some(({ cidrGroupSelector }) => cidrGroupSelector !== undefined),
  "peers: CIDR group with except": ({ cidrRules }) =>
    cidrRules.some(({ cidr, except = [] }) => cidr === undefined && except.length > 0),
  "peers: everything by CIDR": ({ cidrRules }) => cidrRules.some(({ cidr }) => cidr === "0.0.0.0/0" || cidr === "::/0"),
  "peers: IPv6 block": ({ cidrRules }) => cidrRules.some(({ cidr }) => cidr?.includes(":")),
  "peers: services": ({ items }) => items.some(({ rule }) => (rule.toServices ?? []).length > 0),
  "peers: services in a deny or clusterwide rule": ({ policies }) =>
    policies.some((policy) => policy.kind !== "CiliumNetworkPolicy" && JSON.stringify(policy).includes('"toServices"')),
  "peers: service that is missing, with ports": ({ items }) =>
    items.some(
      ({ rule }) => JSON.stringify(rule.toServices ?? []).includes("missing") && (rule.toPorts ?? []).length > 0,
    ),
  "peers: DNS names": ({ items }) => items.some(({ rule }) => (rule.toFQDNs ?? []).length > 0),
  "peers: groups": ({ items }) => items.some(({ rule }) => (rule.fromGroups ?? rule.toGroups ?? []).length > 0),
  "peers: two kinds": ({ answer }) => (answer.refused ?? []).some(({ error }) => error.includes("combining")),
  "ports: several protocols": ({ ports }) =>
    ports.some(({ protocol }) => protocol === undefined || protocol === "ANY" || protocol === ""),
  "ports: named": ({ ports }) => ports.some(({ port }) => /^[a-z]/i.test(port ?? "")),
  "ports: named, in egress": ({ items }) =>
    items.some(
      ({ rule }) =>
        JSON.stringify(Object.keys(rule)).includes('"to') && JSON.stringify(rule.toPorts ?? []).includes('"http"'),
    ),
  "ports: range": ({ ports }) => ports.some(({ port, endPort }) => endPort !== undefined && endPort > Number(port)),
  "ports: range that ends before it begins": ({ ports }) =>
    ports.some(({ port, endPort }) => endPort !== undefined && endPort < Number(port)),
  "ports: zero": ({ ports }) => ports.some(({ port }) => port === "0"),
  "ports: octal or with underscore": ({ ports }) => ports.some(({ port }) => port === "0120" || port === "8_0"),
  "ports: rule without ports": ({ items }) =>
    items.some(({ rule }) => (rule.toPorts ?? []).some((given) => (given.ports ?? []).length === 0)),
  "ports: empty list": ({ items }) => items.some(({ rule }) => rule.toPorts?.length === 0),
  ICMP: ({ items }) => items.some(({ rule }) => (rule.icmps ?? []).some(({ fields }) => (fields ?? []).length > 0)),
  "ICMP: type 0": ({ items }) =>
    items.some(({ rule }) => /"type":(0|"EchoReply")/.test(JSON.stringify(rule.icmps ?? []))),
  "ICMP: v6": ({ items }) => JSON.stringify(items).includes('"IPv6"'),
  "L7: http": ({ portRules }) => portRules.some(({ rules }) => (rules?.http ?? []).length > 0),
  "L7: dns": ({ portRules }) => portRules.some(({ rules }) => (rules?.dns ?? []).length > 0),
  "L7: server names or listener": ({ portRules }) =>
    portRules.some(({ serverNames, listener }) => serverNames !== undefined || listener !== undefined),
  "L7: redirected": ({ answer }) => (answer.results ?? []).some(({ l7 }) => l7 === true),
  authentication: ({ items }) => items.some(({ rule }) => rule.authentication !== undefined),
  "kubernetes: no rules": ({ kubernetes }) =>
    kubernetes.some(({ spec }) => (spec?.ingress ?? spec?.egress ?? []).length === 0),
  "kubernetes: egress only": ({ kubernetes }) => kubernetes.some(({ spec }) => spec?.policyTypes?.join() === "Egress"),
  "kubernetes: empty rule": ({ kubernetesRules }) =>
    kubernetesRules.some(({ peers = [], ports = [] }) => peers.length + ports.length === 0),
  "kubernetes: ports of everybody": ({ kubernetesRules }) =>
    kubernetesRules.some(({ peers = [], ports = [] }) => peers.length === 0 && ports.length > 0),
  "kubernetes: all namespaces": ({ kubernetesRules }) =>
    kubernetesRules.some(({ peers = [] }) =>
      peers.some(({ namespaceSelector }) => namespaceSelector && Object.keys(namespaceSelector).length === 0),
    ),
  "kubernetes: pods of other namespaces": ({ kubernetesRules }) =>
    kubernetesRules.some(({ peers = [] }) =>
      peers.some(({ podSelector, namespaceSelector }) => podSelector !== undefined && namespaceSelector !== undefined),
    ),
  "kubernetes: block of addresses": ({ kubernetesRules }) =>
    kubernetesRules.some(({ peers = [] }) => peers.some(({ ipBlock }) => ipBlock !== undefined)),
  "kubernetes: named port": ({ kubernetesRules }) =>
    kubernetesRules.some(({ ports = [] }) => ports.some(({ port }) => typeof port === "string")),
  "kubernetes: every port of a protocol": ({ kubernetesRules }) =>
    kubernetesRules.some(({ ports = [] }) => ports.some(({ port }) => port === undefined)),
  "kubernetes: decides beside Cilium's own": ({ answer }) =>
    (answer.results ?? []).some(({ ingressRules = [], egressRules = [] }) =>
      [ingressRules, egressRules].some((names) => names.length > 1 && names.some((name) => /\/n\d$/.test(name))),
    ),
  "cluster: dual stack": ({ asked }) => asked.scenario.cluster?.ipv6 === true,
  "cluster: without L7 proxy": ({ asked }) => asked.scenario.cluster?.l7Proxy === false,
  "cluster: other name": ({ asked }) => asked.scenario.cluster?.name === "east",
  "cluster: CIDRs match nodes": ({ asked }) => asked.scenario.cluster?.cidrMatchMode?.includes("nodes") === true,
  "cluster: CIDRs match pods": ({ asked }) => asked.scenario.cluster?.cidrMatchMode?.includes("pods") === true,
  "identity: pod labelled init": ({ asked }) =>
    asked.scenario.endpoints.some(({ labels }) => labels?.init !== undefined),
  "identity: pod labelled like a reserved one": ({ asked }) =>
    asked.scenario.endpoints.some(({ labels }) => labels?.world !== undefined || labels?.host !== undefined),
  "identity: filtered labels": ({ asked }) =>
    asked.scenario.endpoints.some(({ labels }) => labels?.["pod-template-hash"] !== undefined),
  "identity: labels that Cilium owns": ({ asked }) =>
    asked.scenario.endpoints.some(({ labels }) => labels?.["io.cilium.k8s.policy.cluster"] !== undefined),
  "identity: service account": ({ asked }) =>
    asked.scenario.endpoints.some(({ serviceAccount }) => serviceAccount !== undefined),
  "identity: DNS name": ({ asked }) => asked.scenario.endpoints.some(({ fqdn }) => fqdn !== undefined),
  ...Object.fromEntries(
    ["In", "NotIn", "Exists", "DoesNotExist"].map((operator) => [
      `selector: ${operator}`,
      ({ text }: Seen) => text.includes(`"operator":"${operator}"`),
    ]),
  ),
  ...Object.fromEntries(
    [
      "k8s:app",
      "any:app",
      "foo:app",
      "reserved:",
      "cidr:",
      "io.cilium.k8s.namespace.labels",
      "io.kubernetes.pod.namespace",
      "io.cilium.k8s.policy.cluster",
      "pod-template-hash",
    ].map((key) => [`selector: ${key}`, ({ text }: Seen) => text.includes(`"${key}`)]),
  ),
  ...Object.fromEntries(
    [
      "all",
      "world",
      "cluster",
      "cluster-mesh",
      "host",
      "remote-node",
      "kube-apiserver",
      "none",
      "init",
      "health",
      "unmanaged",
      "ingress",
      "world-ipv4",
      "world-ipv6",
    ].map((entity) => [
      `entity: ${entity}`,
      ({ items }: Seen) => items.some(({ rule }) => (rule.fromEntities ?? rule.toEntities ?? []).includes(entity)),
    ]),
  ),
};

interface Seen {
  asked: Case;
  answer: OracleAnswer;
  policies: PolicyManifest[];
  kubernetes: KubernetesNetworkPolicy[];
  kubernetesRules: { peers: KubernetesPeer[] | undefined; ports: KubernetesPort[] | undefined }[];
  rules: Rule[];
  items: Item[];
  ports: PortProtocol[];
  portRules: PortRule[];
  cidrRules: CidrRule[];
  /** The policies as JSON. */
  text: string;
}

export function countCorners(counts: CornerCounts, asked: Case, answer: OracleAnswer): void {
  const policies = asked.policies.filter(
    (policy) => policy.kind !== "NetworkPolicy" && policy.kind !== "ClusterNetworkPolicy",
  );
  const kubernetes = asked.policies.filter((policy) => policy.kind === "NetworkPolicy");
  const rules = policies.flatMap((policy) => policyRules(policy)).map(({ rule }) => rule);
  const items = rules.flatMap((rule) => [
    ...[...(rule.ingress ?? []), ...(rule.egress ?? [])].map((item): Item => ({ rule: item, deny: false })),
    ...[...(rule.ingressDeny ?? []), ...(rule.egressDeny ?? [])].map((item): Item => ({ rule: item, deny: true })),
  ]);
  const portRules = items.flatMap(({ rule }) => rule.toPorts ?? []);
  const seen: Seen = {
    asked,
    answer,
    policies,
    kubernetes,
    kubernetesRules: kubernetes.flatMap(({ spec: { ingress = [], egress = [] } = {} }) => [
      ...ingress.map(({ from, ports }) => ({ peers: from, ports })),
      ...egress.map(({ to, ports }) => ({ peers: to, ports })),
    ]),
    rules,
    items,
    portRules,
    ports: portRules.flatMap(({ ports }) => ports ?? []),
    cidrRules: items.flatMap(({ rule }) => [...(rule.fromCIDRSet ?? []), ...(rule.toCIDRSet ?? [])]),
    text: JSON.stringify(policies),
  };
  for (const [corner, reached] of Object.entries(CORNERS)) {
    if (reached(seen)) counts.set(corner, (counts.get(corner) ?? 0) + 1);
  }
}

/** At least one case in two hundred has to cover each corner: ten of two thousand. */
const LEAST_SHARE = 0.005;

export function missingCorners(counts: CornerCounts, scenarios: number): string[] {
  const least = Math.max(1, Math.floor(scenarios * LEAST_SHARE));
  return Object.keys(CORNERS)
    .filter((corner) => (counts.get(corner) ?? 0) < least)
    .map((corner) => `${corner}: ${counts.get(corner) ?? 0} of ${scenarios} cases, at least ${least} wanted`);
}

function denies(verdict: string, rules: readonly string[] | undefined): boolean {
  return verdict === "denied" && rules !== undefined;
}
