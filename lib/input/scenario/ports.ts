import type { LabelSet } from "../../cilium/api/labels";
import type { EvaluatedPolicy, Rule } from "../../cilium/api/policy";
import { possibleRules, type RuleItem, ruleItems } from "../../cilium/api/rule-items";
import {
  missingFact,
  type PeerScope,
  peerSelector,
  type Selector,
  selects,
  selectsInit,
  subjectSelector,
} from "../../cilium/api/selector";
import { policyNamespace } from "../../cilium/policy/entries";
import { clusterName, endpointKind, podLabels } from "../../cilium/policy/identity";
import type { LabelSelector } from "../../kubernetes/label-selector";
import { INBOUND_PORT } from "../../linkerd/wire/wire";
import type { EndpointFacts, NamedPort, Scenario } from "../../scenario/scenario";
import { type ServiceManifest, selectsPod } from "../manifests/service-manifest";
import { exampleOf, opensEveryPort, type RulePorts, rulePorts } from "./rule-ports";

/**
 * Adds ports that containers do not declare (`containerPort` is optional): the target ports of their Services, the ports that ingress rules for them
 * name and, if none is known, those that egress rules to them name. An edge can only be shown for a port that is evaluated. So a range without a
 * known port, and all ports of a workload without any known port, are evaluated by an example.
 */
export function withImpliedPorts(
  endpoints: readonly EndpointFacts[],
  services: readonly ServiceManifest[],
  policies: readonly EvaluatedPolicy[],
  { namespaces, cluster }: Pick<Scenario, "namespaces" | "cluster">,
): EndpointFacts[] {
  const pods = endpoints.map((endpoint) => ({
    ports: [...(endpoint.ports ?? [])],
    namespace: endpoint.namespace,
    endpoint,
    labels: endpointKind(endpoint) === "pod" ? podLabels(endpoint, { namespaces, cluster }) : undefined,
  }));
  for (const pod of pods) addServicePorts(pod, services);
  const rules = policies.flatMap((policy) => {
    const namespace = policyNamespace(policy);
    return possibleRules(policy).map((rule) => ({ rule, namespace }));
  });
  for (const { rule, namespace } of rules) addPortsOpened(rule, namespace, pods, addSingle);
  for (const { rule, namespace } of rules) addPortsOpened(rule, namespace, pods, addRanges);
  const silent = pods.filter(({ ports }) => ports.length === 0 || ports.every(isIcmp));
  for (const { rule, namespace } of silent.length === 0 ? [] : rules)
    addPortsSought(rule, { namespace, cluster: clusterName(cluster) }, silent);
  const mute = silent.filter(({ ports }) => ports.every(isIcmp));
  if (mute.length > 0) addAnyPort(rules, mute);
  return pods.map(({ endpoint, ports }) => ({ ...endpoint, ports }));
}

const LAST_PORT = 65_535;
const isIcmp = ({ protocol = "TCP" }: NamedPort) => protocol.startsWith("ICMP");

interface Pod {
  endpoint: EndpointFacts;
  namespace: string | undefined;
  ports: NamedPort[];
  labels: LabelSet | undefined;
}

function addServicePorts({ endpoint, ports }: Pod, services: readonly ServiceManifest[]): void {
  for (const service of services) {
    if (selectsPod(service, endpoint)) for (const port of service.targetPorts ?? []) add(ports, port);
  }
}

type Adding = (pod: Pod, ports: RulePorts) => void;

function addPortsOpened(rule: Rule, namespace: string | undefined, pods: readonly Pod[], adding: Adding): void {
  if (rule.endpointSelector === undefined) return;
  const ports = together([...(rule.ingress ?? []), ...(rule.ingressDeny ?? [])]);
  if (ports.single.length + ports.ranges.length === 0) return;
  for (const pod of podsSelected(pods, subjectSelector(rule.endpointSelector, namespace), namespace))
    adding(pod, ports);
}

function addPortsSought(
  rule: Rule,
  { namespace, cluster }: Pick<PeerScope, "namespace" | "cluster">,
  pods: readonly Pod[],
): void {
  const scope = { namespace, cluster, subjectIsInit: selectsInit(rule.endpointSelector) };
  for (const item of [...(rule.egress ?? []), ...(rule.egressDeny ?? [])]) {
    const ports = together([item]);
    for (const peer of ports.single.length + ports.ranges.length === 0 ? [] : (item.toEndpoints ?? [])) {
      const within = speaksOfNamespaces(peer) ? undefined : namespace;
      for (const pod of podsSelected(pods, peerSelector(peer, scope), within)) {
        addSingle(pod, ports);
        addRanges(pod, ports);
      }
    }
  }
}

/** Adds an example of any port to workloads without a known port, if a rule admits anyone to them on every port. */
function addAnyPort(rules: readonly { rule: Rule; namespace: string | undefined }[], pods: readonly Pod[]): void {
  const named = together(rules.flatMap(({ rule }) => ruleItems(rule).map(({ item }) => item)));
  const example: NamedPort = {
    port: unnamedPort(named),
    protocol: "TCP",
    standsFor: { protocols: ["TCP"], ports: "all" },
  };
  for (const { rule, namespace } of rules) {
    if (rule.endpointSelector === undefined || !rule.ingress?.some(opensEveryPort)) continue;
    for (const pod of podsSelected(pods, subjectSelector(rule.endpointSelector, namespace), namespace)) {
      add(pod.ports, example);
    }
  }
}

/** The first TCP port that no rule names, alone or in a range. If all are named, the last port. */
function unnamedPort({ single, ranges }: RulePorts): number {
  const isNamed = new Uint8Array(LAST_PORT + 1);
  for (const { port, protocol = "TCP" } of single) if (protocol === "TCP") isNamed[port] = 1;
  for (const { first, last } of ranges) isNamed.fill(1, first, last + 1);
  const free = isNamed.indexOf(0, 1);
  return free < 0 ? LAST_PORT : free;
}

function together(items: readonly RuleItem["item"][]): RulePorts {
  const all = items.map(rulePorts);
  return { single: all.flatMap(({ single }) => single), ranges: all.flatMap(({ ranges }) => ranges) };
}

const speaksOfNamespaces = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector) =>
  [...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)].some((key) => key.includes("io."));

function podsSelected(pods: readonly Pod[], selector: Selector, namespace: string | undefined): Pod[] {
  return pods.filter(
    (pod) =>
      pod.labels !== undefined &&
      (namespace === undefined || pod.namespace === namespace) &&
      (selects(selector, pod.labels) || missingFact(selector, pod.labels) !== undefined),
  );
}

function addSingle(pod: Pod, { single }: RulePorts): void {
  for (const port of single) if (port.port !== INBOUND_PORT || isIcmp(port)) add(pod.ports, port);
}

/** Adds an example of each range that contains no known port. A range does not tell which port a workload listens on. */
function addRanges(pod: Pod, { ranges }: RulePorts): void {
  for (const range of ranges) {
    const tells = ({ port, protocol = "TCP" }: NamedPort) =>
      protocol === range.protocol && port >= range.first && port <= range.last;
    if (!pod.ports.some(tells)) add(pod.ports, exampleOf(range, pod.ports));
  }
}

function add(ports: NamedPort[], port: NamedPort): void {
  const known = ports.some(
    (other) => other.port === port.port && (other.protocol ?? "TCP") === (port.protocol ?? "TCP"),
  );
  if (!known) ports.push(port);
}
