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

/** Who answers the cluster's names, and on which port of the pod. */
export interface DnsServer {
  id: string;
  namespace: string;
  port: number;
}

/** Namespaces in which distributions run the cluster's DNS. */
const dnsNamespaces: ReadonlySet<string> = new Set(["kube-system", "openshift-dns"]);
/** What the Service is called: kubeadm and most others, charts, RKE2, OpenShift, NodeLocal DNSCache. */
const dnsServices: ReadonlySet<string> = new Set([
  "kube-dns",
  "coredns",
  "rke2-coredns-rke2-coredns",
  "dns-default",
  "node-local-dns",
]);
/** Where its pods listen: behind their Service 53 may be another number (OpenShift 5353, Gardener 8053). */
const dnsPorts: readonly number[] = [53, 5353, 8053];

/** The cluster's DNS as its Services and labels tell; where nothing does, as kubeadm deploys it. */
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

/** Whether a rule for a pod lets it ask a DNS that is not among those that are known: it names one as those who run one do. */
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
 * Whether an item of egress lets pods ask a DNS.
 *
 * @param only `unlisted`: for every name.
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
          // The labels of the DNS's own namespace are mostly in no manifest.
          const isCalledDns = requirements.some(({ values }) => values.some((value) => /dns/i.test(value)));
          if (!asksForDns && !isCalledDns) return namespaces?.some((name) => dnsNamespaces.has(name)) === true;
          // Without a word of namespaces it is that of the policy.
          return (
            namespaces === undefined || namespaces.some((name) => name !== item.of.namespace || dnsNamespaces.has(name))
          );
        });
      case "cidrs":
        return asksForDns && (item.cidrs ?? []).some(isOutside);
      case "cidrSets":
        return asksForDns && (item.cidrSets ?? []).some(({ cidr }) => cidr !== undefined && isOutside(cidr));
      // NodeLocal DNSCache is in its node's network.
      case "entities":
        return asksForDns && (item.entities ?? []).some((entity) => entity === "host" || entity === "remote-node");
      default:
        return asksForDns && list === "services";
    }
  });
}

/** A block that is no cluster IP: a cache on the node (169.254.20.10), or a server outside. */
function isOutside(cidr: string): boolean {
  const block = parsePrefixOrAddress(cidr);
  return block !== undefined && clusterRangeOf(block) === undefined;
}
