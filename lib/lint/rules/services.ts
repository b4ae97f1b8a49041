import type { PortProtocol } from "../../cilium/api/policy";
import { servicePeerSelector } from "../../cilium/api/selector";
import { clusterName } from "../../cilium/policy/identity";
import { matchingServices } from "../../cilium/policy/services";
import { knowsNoService } from "../../input/scenario/api-server-service";
import type { ServiceFacts, ServicePort } from "../../scenario/scenario";
import { type KnownEndpoint, type LintContext, type PlacedItem, peerPath } from "../context";
import { type LintRule, Severity } from "../finding";
import { names } from "./text";

export const deniedService: LintRule = {
  id: "denied-service",
  severity: Severity.Error,
  title: "toServices in a rule that denies",
  why:
    "Cilium looks Services up for rules that allow, and for no others (`processRule` in pkg/policy/k8s/service.go). A rule that denies is left without a peer, whether " +
    "or not the Service exists: it denies nobody, or where it names ports, denies them to everyone. Measured with Cilium 1.20.2's own engine.",
  fix: "Name the pods behind the Service with toEndpoints, or its addresses with toCIDRSet.",
  *check({ items }) {
    for (const item of items) {
      if (!item.deny || (item.services ?? []).length === 0) continue;
      const hasPorts = (item.toPorts ?? []).length + (item.icmps ?? []).length > 0;
      const effect = hasPorts ? "its ports are denied to anyone, the world included" : "it denies nobody";
      yield {
        policy: item.of.policy,
        path: peerPath(item, "services"),
        message: `no Service is looked up in a rule that denies, so ${effect}`,
      };
    }
  },
};

export const missingService: LintRule = {
  id: "missing-service",
  severity: Severity.Error,
  title: "toServices names a Service that does not exist",
  why:
    "Cilium replaces toServices by what the Services select. While none of them exists nothing is left, and a rule with ports and no peer is about " +
    "anyone: it opens its ports to the world. Measured with Cilium 1.20.2's own engine.",
  fix: "Name the pods with toEndpoints instead: that matches nobody while they are missing. Or correct the name and namespace, or give the Service's manifest.",
  *check({ items, scenario }) {
    // A scenario that does not speak of Services does not say that there are none.
    const { services: known } = scenario;
    if (known === undefined) return;
    const knowledge = { unseen: scenario.unseenServices === true, none: knowsNoService(known) };
    for (const item of items.filter(({ deny }) => !deny)) {
      const missing = [...(item.services ?? []).entries()].filter(
        ([, reference]) => matchingServices(reference, known).length === 0,
      );
      const all = missing.length === item.services?.length;
      for (const [index, { k8sService }] of missing) {
        const name = k8sService?.serviceName;
        const what = name === undefined ? "no Service has these labels" : `there is no Service ${name}`;
        const where = k8sService?.namespace === undefined ? "" : ` in ${k8sService.namespace}`;
        yield {
          policy: item.of.policy,
          path: [...peerPath(item, "services"), index],
          ...effect(item, all, `${what}${where}`, knowledge),
        };
      }
    }
  },
};

/** Where not one Service was given, the manifests of Services are probably kept elsewhere: then this is no mistake yet. */
function effect(
  item: PlacedItem,
  all: boolean,
  lacking: string,
  { unseen, none }: { unseen: boolean; none: boolean },
): { message: string; severity?: Severity } {
  const what = `${lacking}${unseen ? (none ? ", nor any other, among what was given" : " among what was given") : ""}`;
  if (!all) return { severity: Severity.Warning, message: `${what}, so it adds nothing to this rule` };
  if ((item.toPorts ?? []).length + (item.icmps ?? []).length === 0)
    return { severity: Severity.Warning, message: `${what}, so this rule allows nothing` };
  const opens = "this rule allows its ports to anyone, the world included";
  if (!unseen) return { message: `${what}, so ${opens}` };
  return { ...(none && { severity: Severity.Warning }), message: `${what}; unless the cluster has it, ${opens}` };
}

export const servicePort: LintRule = {
  id: "service-port",
  severity: Severity.Error,
  title: "A Service's port where the target port counts",
  why: "Services are translated before policy looks (Cilium's documentation, layer 4 policies): what it compares is the port of the pod.",
  fix: "Write the target port.",
  kubernetes: true,
  *check(context) {
    for (const item of context.items)
      for (const [index, { ports }] of (item.toPorts ?? []).entries())
        for (const [at, port] of (ports ?? []).entries()) {
          const translation = translationOf(context, item, port);
          if (translation === undefined) continue;
          const { service, target, pods, mayListen } = translation;
          yield {
            policy: item.of.policy,
            path: [...item.path, "toPorts", index, "ports", at, "port"],
            message: `${port.port} is the port of the Service ${service}; ${names(pods)} listens on ${target}`,
            fix: `Write "${target}".`,
            ...(mayListen && { severity: Severity.Warning }),
          };
        }
  },
};

/**
 * Where a Service has the port and leads to another, and none of the item's pods is known to listen on the port itself. A port without a
 * name proves little: a scenario made of manifests has those that policies mention.
 */
function translationOf(context: LintContext, item: PlacedItem, port: PortProtocol) {
  const number = Number(port.port);
  if (!(number > 0) || (port.endPort ?? 0) > number) return undefined;
  for (const service of context.scenario.services ?? []) {
    const target = service.ports?.find((own) => own.port === number && sameProtocol(own, port))?.targetPort;
    if (target === undefined || target === number) continue;
    const servers = item.direction === "ingress" ? item.of.subjects : podsAmong(context.peersOf(item));
    const same = servers.flatMap(({ facts }) => facts.ports ?? []).filter((own) => own.port === number);
    if (same.some(({ name }) => name !== undefined)) return undefined;
    const pods = behind(context, service, servers);
    if (pods.length > 0) return { service: service.name, target: String(target), pods, mayListen: same.length > 0 };
  }
  return undefined;
}

const podsAmong = (endpoints: readonly KnownEndpoint[]) => endpoints.filter(({ identity }) => identity.kind === "pod");

const sameProtocol = ({ protocol = "TCP" }: ServicePort, port: PortProtocol) =>
  ["", "ANY", protocol.toUpperCase()].includes((port.protocol ?? "").toUpperCase());

function behind(context: LintContext, { selector = {}, namespace }: ServiceFacts, pods: readonly KnownEndpoint[]) {
  if (Object.keys(selector).length === 0) return [];
  const cluster = clusterName(context.scenario.cluster);
  const backends = context.selected(
    servicePeerSelector(selector, namespace, { namespace, cluster, subjectIsInit: false }),
  );
  return pods.filter((pod) => backends.includes(pod));
}
