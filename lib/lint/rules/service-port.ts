import type { PortProtocol } from "../../cilium/api/policy";
import { servicePeerSelector } from "../../cilium/api/selector";
import { clusterName } from "../../cilium/policy/identity";
import type { ServiceFacts, ServicePort } from "../../scenario/scenario";
import type { KnownEndpoint, LintContext, PlacedItem } from "../context";
import { type LintRule, Severity } from "../finding";
import { idsOf, names } from "../text";

export const servicePort: LintRule = {
  id: "service-port",
  severity: Severity.Error,
  title: "A Service's port where the target port belongs",
  why: "Services are translated before policy applies (Cilium's documentation, layer 4 policies), so the policy sees the pod's port.",
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
            data: { port: port.port, service, target, pods: idsOf(pods), mayListen },
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
