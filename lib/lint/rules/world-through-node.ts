import { append } from "../../common/maps";
import { stateOf } from "../../reachability/verdict";
import type { EndpointFacts, ForwardedPort } from "../../scenario/scenario";
import { type KnownEndpoint, type LintContext, type PlacedItem, peerPath } from "../context";
import { type LintRule, type Observation, Severity } from "../finding";
import { matchesPort } from "../rule-ports";
import { servicePorts } from "../text";

export const worldThroughNode: LintRule = {
  id: "world-through-node",
  severity: Severity.Warning,
  title: "Outside clients that policies see as a node",
  why:
    "Behind a NodePort, a LoadBalancer or `externalIPs`, a node that does not run the pod puts its own address in place of the client's, unless " +
    "`externalTrafficPolicy` is `Local` or Cilium replaces kube-proxy with `loadBalancer.mode: dsr`. With native routing between nodes the pod's policy then " +
    "sees `remote-node` (Cilium's documentation, policy caveats), which `remote-node`, `cluster` and the like admit. In tunnels it sees the world.",
  fix: "Set `externalTrafficPolicy: Local` on the Service, or admit `world` where clients outside are meant to come in.",
  *check(context) {
    const { endpoints } = context.scenario;
    const world = endpoints.find(({ id }) => id === "world");
    if (world === undefined) return;
    const clients = endpoints.flatMap((client) => {
      const admitted = (client.forwardedTo ?? []).filter((port) => isAdmitted(context, client, world, port));
      return admitted.length === 0 ? [] : [{ client, admitted }];
    });
    if (clients.length === 0) return;
    for (const item of context.items) {
      if (item.direction !== "ingress" || item.deny) continue;
      const peers = new Set(context.peersOf(item).map(({ facts }) => facts));
      // Clients that come through any node also come through one with the API server: report them once.
      for (const { client, admitted } of clients.filter(({ client }) => peers.has(client)).slice(0, 1)) {
        const here = admitted.filter((port) => matches(item, port));
        if (here.length > 0) yield observation(context, item, client, here);
      }
    }
  },
};

/** Whether the clients are admitted as a node, or may be, but not as the world. */
function isAdmitted(
  { reachability }: LintContext,
  client: EndpointFacts,
  world: EndpointFacts,
  port: ForwardedPort,
): boolean {
  const [asNode, asWorld] = [client, world].map(({ id }) => stateOf(reachability.verdict({ from: id, ...port })));
  return asNode !== "denied" && asWorld === "denied";
}

function matches(item: PlacedItem, port: ForwardedPort): boolean {
  return item.of.subjects.some(({ facts }) => facts.id === port.to) && matchesPort(item, port);
}

function observation(
  context: LintContext,
  item: PlacedItem,
  client: EndpointFacts,
  forwarded: readonly ForwardedPort[],
): Observation {
  const ports = new Map<string, string[]>();
  for (const { service, proto, port } of forwarded) append(ports, service, `${proto} ${port}`);
  const by = [...ports].map(([service, some]) => `${service} (${[...new Set(some)].join(", ")})`).join(" and ");
  const [missing] = forwarded.flatMap((one) => one.missing ?? []);
  const isSure = forwarded.some((one) => one.missing === undefined);
  const place = placeOf(context, item, client);
  const nodes = client.reserved?.includes("kube-apiserver") ? "nodes that run the API server" : "nodes";
  return {
    policy: item.of.policy,
    path: place,
    ...(!isSure && { severity: Severity.Info }),
    data: {
      nodes: client.reserved?.includes("kube-apiserver") ? "kube-apiserver" : "remote-node",
      services: servicePorts(ports),
      isSure,
    },
    message: isSure
      ? `this admits ${nodes}, and with them clients outside that come by ${by} through one, although nothing admits them as world`
      : `this admits ${nodes}, and clients outside that come by ${by} may be nodes here; this depends on ${missing}`,
  };
}

function placeOf(context: LintContext, item: PlacedItem, client: EndpointFacts) {
  const isClient = ({ facts }: KnownEndpoint) => facts === client;
  for (const list of ["entities", "endpoints"] as const)
    for (const [index, peer] of (item[list] ?? []).entries())
      if (context.peersOf({ ...only(item), [list]: [peer] }).some(isClient)) return [...peerPath(item, list), index];
  return item.path;
}

/** An item without peers. */
function only({ of, direction, deny, path }: PlacedItem): PlacedItem {
  return { of, direction, deny, path };
}
