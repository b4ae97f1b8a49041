import { NAMESPACE_KEY } from "../cilium/api/labels";
import type { PortProtocol } from "../cilium/api/policy";
import { parsePrefixOrAddress } from "../kubernetes/cidr";
import { meshPorts } from "../linkerd/wire/ports";
import type { EndpointFacts, ServiceFacts } from "../scenario/scenario";
import { backendsOf } from "./backends";
import { clusterRangeOf } from "./cluster-ranges";
import { type KnownEndpoint, type LintContext, type PlacedItem, peerListsOf } from "./context";
import { covers } from "./covers";
import { portRange } from "./port-range";

/** A pod that serves the cluster's DNS, and its port. */
export interface DnsServer {
  id: string;
  namespace: string;
  port: number;
}

/** Namespaces in which distributions run the cluster's DNS. */
const dnsNamespaces: ReadonlySet<string> = new Set(["kube-system", "openshift-dns"]);
/** The Service's names: in kubeadm and most others, charts, RKE2, OpenShift, NodeLocal DNSCache. */
const dnsServices: ReadonlySet<string> = new Set([
  "kube-dns",
  "coredns",
  "rke2-coredns-rke2-coredns",
  "dns-default",
  "node-local-dns",
]);
/** The ports that its pods listen on. Behind the Service's 53 it may be another number (OpenShift 5353, Gardener 8053). */
const dnsPorts: readonly number[] = [53, 5353, 8053];

/** The cluster's DNS servers, by its Services and labels; without any, those that kubeadm deploys. */
export function dnsServers(context: LintContext): DnsServer[] {
  const behind = (context.scenario.services ?? []).filter(isDns).flatMap((service) => serversBehind(context, service));
  if (behind.length > 0) return behind;
  const { dns } = context.services;
  const { namespace = "kube-system" } = dns;
  const known = context.pods.filter(({ facts }) => facts.labels?.["k8s-app"] === "kube-dns").map(({ facts }) => facts);
  if (known.length === 0) return [{ id: dns.id, namespace, port: meshPorts.dns }];
  return known.map((facts) => ({ id: facts.id, namespace: facts.namespace ?? namespace, port: portOf(facts) }));
}

const isDns = ({ name, namespace, ports = [] }: ServiceFacts) =>
  (dnsServices.has(name) || dnsNamespaces.has(namespace)) && ports.some(({ port }) => port === meshPorts.dns);

function serversBehind(context: LintContext, service: ServiceFacts): DnsServer[] {
  const target = service.ports?.find(({ port }) => port === meshPorts.dns)?.targetPort ?? meshPorts.dns;
  return backendsOf(context, service).map(({ facts }) => ({
    id: facts.id,
    namespace: service.namespace,
    port: portOf(facts, target),
  }));
}

function portOf({ ports = [] }: EndpointFacts, target: number | string = "dns"): number {
  if (typeof target === "number") return target;
  const named = ports.find(({ name }) => name === target) ?? ports.find(({ port }) => dnsPorts.includes(port));
  return named?.port ?? meshPorts.dns;
}

/** Whether a rule for a pod lets it query some other DNS server that the scenario lacks, judging by the rule's peers and ports. */
export function allowsOtherDns(context: LintContext, pod: KnownEndpoint): boolean {
  const items = context
    .rulesOf(pod)
    .flatMap((rule) => context.itemsOf(rule))
    .filter(({ direction }) => direction === "egress");
  const denying = items.filter(({ deny }) => deny);
  return items.some(
    (item) => !item.deny && allowsDnsOf(context, item) && !denying.some((one) => covers(context, one, item)),
  );
}

/**
 * Whether an egress item lets pods query DNS.
 *
 * @param only `unlisted`: only items without a list of names, which allow every name.
 */
export function allowsDnsOf(context: LintContext, item: PlacedItem, only?: "unlisted"): boolean {
  return portsAreDns(item, only) && peersMayBeDns(context, item);
}

function portsAreDns({ toPorts, icmps }: PlacedItem, only?: "unlisted"): boolean {
  if ((toPorts ?? []).length === 0) return (icmps ?? []).length === 0;
  return (toPorts ?? []).some(({ ports, rules }) => {
    const isListed = (rules?.dns ?? []).length > 0;
    return only === undefined && isListed ? true : !isListed && (ports ?? []).some(isDnsPort);
  });
}

function isDnsPort(port: PortProtocol): boolean {
  if (["TCP", "SCTP"].includes((port.protocol ?? "").toUpperCase())) return false;
  const range = portRange(port);
  if (range === undefined) return /^dns/.test(port.port ?? "");
  return dnsPorts.some((number) => range.first <= number && number <= range.last);
}

function peersMayBeDns(context: LintContext, item: PlacedItem): boolean {
  const asksForDns = (item.toPorts ?? []).length > 0;
  return peerListsOf(item).some((list) => {
    switch (list) {
      case "endpoints":
        return (item.endpoints ?? []).some((manifest) => {
          const { requirements } = context.peerSelector(item, manifest);
          const named = requirements.find(({ key, operator }) => key === NAMESPACE_KEY && operator === "In");
          const namespaces = named?.values;
          // Manifests mostly lack the labels of the namespace in which DNS runs, so judge by the selector's words.
          const isCalledDns = requirements.some(({ values }) => values.some((value) => /dns/i.test(value)));
          if (!asksForDns && !isCalledDns) return namespaces?.some((name) => dnsNamespaces.has(name)) === true;
          // A selector without a namespace means the policy's own.
          return (
            namespaces === undefined || namespaces.some((name) => name !== item.of.namespace || dnsNamespaces.has(name))
          );
        });
      case "cidrs":
        return asksForDns && (item.cidrs ?? []).some(isOutside);
      case "cidrSets":
        return asksForDns && (item.cidrSets ?? []).some(({ cidr }) => cidr !== undefined && isOutside(cidr));
      // NodeLocal DNSCache runs in its node's network.
      case "entities":
        return asksForDns && (item.entities ?? []).some((entity) => entity === "host" || entity === "remote-node");
      default:
        return asksForDns && list === "services";
    }
  });
}

/** Whether a block is not of cluster IPs, so that it may be a cache on the node (169.254.20.10), or a server outside. */
function isOutside(cidr: string): boolean {
  const block = parsePrefixOrAddress(cidr);
  return block !== undefined && clusterRangeOf(block) === undefined;
}
