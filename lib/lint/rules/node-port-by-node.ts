import { formatPrefix, parseAddress, parsePrefixOrAddress } from "../../kubernetes/cidr";
import { isClient } from "../../scenario/flows";
import type { FrontendFacts, Scenario } from "../../scenario/scenario";
import { type LintContext, type PlacedItem, peerPath } from "../context";
import { type LintRule, type Observation, Severity } from "../finding";
import { portRange } from "../port-range";
import { portsOf } from "../rule-ports";

/** `--service-node-port-range` of the API server, and Cilium's `nodePort.range`. */
const nodePorts = { first: 30_000, last: 32_767 };

/** Entities that include nodes but no pods. */
const nodes: ReadonlySet<string> = new Set(["host", "remote-node"]);

export const nodePortByNode: LintRule = {
  id: "node-port-by-node",
  severity: Severity.Warning,
  title: "A NodePort allowed by its node",
  why:
    "If Cilium replaces kube-proxy, it redirects a pod's connection to a NodePort, a LoadBalancer's address or one of `externalIPs` to a backend pod " +
    "before it applies the pod's policy: at the socket or, with `socketLB.hostNamespaceOnly`, at its veth, where NodePorts of all nodes are looked up " +
    "since 1.20 (`lb4_lookup_wildcard_service` in bpf_lxc.c). The policy sees the pod behind the Service and that pod's port.",
  fix: "Allow the pods behind the Service, by their labels, on their own port.",
  *check(context) {
    if (context.scenario.cluster?.kubeProxyReplacement !== true) return;
    for (const item of context.items) {
      if (item.direction !== "egress") continue;
      yield* ofItem(context, item);
      yield* ofAddress(context, item);
    }
  },
};

function* ofItem({ scenario }: LintContext, item: PlacedItem): Iterable<Observation> {
  const entities = item.entities ?? [];
  // Entities such as `cluster` admit the pods too.
  const isOfNodes = entities.length > 0 && entities.every((entity) => nodes.has(entity));
  const others = [item.endpoints, item.cidrs, item.cidrSets, item.services, item.fqdns, item.groups];
  if (!isOfNodes || others.some((list) => (list?.length ?? 0) > 0)) return;
  for (const { port, path } of portsOf(item)) {
    const range = portRange(port);
    if (range === undefined || range.first < nodePorts.first || range.last > nodePorts.last) continue;
    const found = frontendOf(scenario, range);
    const words = range.first === range.last ? String(range.first) : `${range.first}-${range.last}`;
    const [backend] = found?.backends ?? [];
    const does = item.deny ? "denies" : "admits";
    yield {
      policy: item.of.policy,
      path,
      data: { ports: words, service: found?.service },
      message:
        found === undefined
          ? `this ${does} nodes on ${words}, but a pod's connection to a NodePort is redirected to a backend before its policy applies`
          : `this ${does} nodes on ${words}, the NodePort of ${found.service}, which the client's policy sees as a pod of that Service`,
      ...(backend !== undefined && {
        fix: `${item.deny ? "Deny" : "Admit"} what is behind ${found?.service} (${backend.to}) on ${backend.port}.`,
      }),
    };
  }
}

/** Reports blocks that are a single address of a Service. */
function* ofAddress({ scenario }: LintContext, item: PlacedItem): Iterable<Observation> {
  for (const [index, cidr] of (item.cidrs ?? []).entries()) {
    const block = parsePrefixOrAddress(cidr ?? "");
    if (block === undefined || block.bits !== (block.family === 4 ? 32 : 128)) continue;
    const own = scenario.endpoints.find(({ ip = "" }) => {
      const address = parseAddress(ip);
      return address !== undefined && formatPrefix(address) === formatPrefix(block);
    });
    const found = scenario.frontends?.find(({ at }) => own !== undefined && at.includes(own.id));
    if (found === undefined) continue;
    const [backend] = found.backends;
    yield {
      policy: item.of.policy,
      path: [...peerPath(item, "cidrs"), index],
      data: { cidr, service: found.service },
      message: `${cidr} is an address of ${found.service}, which the client's policy sees as a pod of that Service`,
      ...(backend !== undefined && {
        fix: `${item.deny ? "Deny" : "Admit"} what is behind ${found.service} (${backend.to}) on ${backend.port}.`,
      }),
    };
  }
}

/** A frontend with a port in the range at nodes, not only at the Service's own addresses. */
function frontendOf(
  { frontends = [], endpoints }: Scenario,
  { first, last }: { first: number; last: number },
): FrontendFacts | undefined {
  const within = frontends.filter(({ port }) => first <= port && port <= last);
  if (within.length === 0) return undefined;
  const addresses = new Set(endpoints.flatMap((endpoint) => (isClient(endpoint) ? [] : endpoint.id)));
  return within.find(({ at }) => at.some((id) => !addresses.has(id)));
}
