import type { EvaluatedPolicy, LabelSelector, PortRule, Rule } from "../policy/manifest";
import { policyNamespace } from "../reachability/entries";
import { DEFAULT_CLUSTER, endpointKind, podLabels } from "../reachability/identity";
import type { LabelSet } from "../reachability/labels";
import type { EndpointFacts, NamedPort, NamespaceFacts } from "../reachability/scenario";
import { peerSelector, type Selector, selects, selectsInit, subjectSelector } from "../reachability/selector";
import type { ServiceManifest } from "./cluster";

/** The proxy's own port never is what an application asks for. */
const proxyInbound = 4143;

/**
 * Adds the ports at which workloads are spoken to although their containers do not declare them (`containerPort` is optional): the target
 * ports of their Services, those that policies open at them, and where nothing else is known, those that policies let others go out to.
 * An edge can only be shown for a port that is known.
 */
export function withImpliedPorts(
  endpoints: readonly EndpointFacts[],
  services: readonly ServiceManifest[],
  policies: readonly EvaluatedPolicy[],
  namespaces: readonly NamespaceFacts[],
): EndpointFacts[] {
  const pods = endpoints.map((endpoint) => ({
    ports: [...(endpoint.ports ?? [])],
    namespace: endpoint.namespace,
    endpoint,
    labels: endpointKind(endpoint) === "pod" ? podLabels(endpoint, { namespaces: [...namespaces] }) : undefined,
  }));
  for (const pod of pods) addServicePorts(pod, services);
  const rules = policies.flatMap((policy) => {
    const namespace = policyNamespace(policy);
    return [...(policy.spec ? [policy.spec] : []), ...(policy.specs ?? [])].map((rule) => ({ rule, namespace }));
  });
  for (const { rule, namespace } of rules) addPortsOpened(rule, namespace, pods);
  const silent = pods.filter(({ ports }) => ports.length === 0);
  for (const { rule, namespace } of silent.length === 0 ? [] : rules) addPortsSought(rule, namespace, silent);
  return pods.map(({ endpoint, ports }) => ({ ...endpoint, ports }));
}

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

/** Whether a Service leads to a workload's pods. */
export function selectsPod(
  { namespace, selector = {} }: ServiceManifest,
  { namespace: of, labels }: EndpointFacts,
): boolean {
  const wanted = Object.entries(selector);
  return wanted.length > 0 && namespace === of && wanted.every(([key, value]) => labels?.[key] === value);
}

function addPortsOpened(rule: Rule, namespace: string | undefined, pods: readonly Pod[]): void {
  if (rule.endpointSelector === undefined) return;
  const items = [...(rule.ingress ?? []), ...(rule.ingressDeny ?? [])];
  const ports = numericPorts(items.flatMap(({ toPorts }) => toPorts ?? []));
  addWhere(pods, subjectSelector(rule.endpointSelector, namespace), namespace, ports);
}

function addPortsSought(rule: Rule, namespace: string | undefined, pods: readonly Pod[]): void {
  const scope = { namespace, cluster: DEFAULT_CLUSTER, subjectIsInit: selectsInit(rule.endpointSelector) };
  for (const { toEndpoints, toPorts } of [...(rule.egress ?? []), ...(rule.egressDeny ?? [])]) {
    const ports = numericPorts(toPorts ?? []);
    for (const peer of ports.length === 0 ? [] : (toEndpoints ?? [])) {
      addWhere(pods, peerSelector(peer, scope), speaksOfNamespaces(peer) ? undefined : namespace, ports);
    }
  }
}

const speaksOfNamespaces = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector) =>
  [...Object.keys(matchLabels), ...matchExpressions.map(({ key }) => key)].some((key) => key.includes("io."));

function addWhere(
  pods: readonly Pod[],
  selector: Selector,
  namespace: string | undefined,
  ports: readonly NamedPort[],
): void {
  if (ports.length === 0) return;
  for (const pod of pods) {
    if (pod.labels === undefined || (namespace !== undefined && pod.namespace !== namespace)) continue;
    if (selects(selector, pod.labels)) for (const port of ports) add(pod.ports, port);
  }
}

/** The single numeric ports of rules: a range says nothing of where somebody listens. */
function numericPorts(rules: readonly PortRule[]): NamedPort[] {
  return rules
    .flatMap(({ ports }) => ports ?? [])
    .flatMap(({ port, endPort, protocol = "ANY" }) => {
      const number = Number(port);
      const single = endPort === undefined || endPort <= number;
      if (!Number.isInteger(number) || number < 1 || number > 65535 || number === proxyInbound || !single) return [];
      if (protocol === "ANY") return [{ port: number, protocol: "TCP" }];
      return protocol === "TCP" || protocol === "UDP" || protocol === "SCTP" ? [{ port: number, protocol }] : [];
    });
}

/** `ANY` says nothing of the protocol: it adds TCP only where the number is not known at all. */
function add(ports: NamedPort[], port: NamedPort): void {
  const known = ports.some((other) => other.port === port.port && (other.protocol ?? "TCP") === port.protocol);
  if (!known) ports.push(port);
}
