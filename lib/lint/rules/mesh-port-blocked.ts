import type { PortProtocol } from "../../cilium/api/policy";
import { getOrMake } from "../../common/maps";
import { enumerate } from "../../common/text";
import { parsePortNumber, portNameKey } from "../../kubernetes/ports";
import { meshPorts } from "../../linkerd/wire/ports";
import { wireOf } from "../../linkerd/wire/wire";
import type { EndpointFacts } from "../../scenario/scenario";
import { TransportMode } from "../../scenario/transport-mode";
import type { KnownEndpoint, LintContext } from "../context";
import { type LintRule, Severity } from "../finding";
import { isTcp, meshedPairs, tcp } from "../meshed-pairs";
import { idsOf, names } from "../text";

/** The TCP ports of a server that a rule's port means. A range means the declared ports in it. */
function tcpPortsOf(rule: PortProtocol, { facts, identity }: KnownEndpoint): number[] {
  const { port = "", endPort = 0 } = rule;
  if (!isTcp(rule)) return [];
  const named = identity.namedPorts.get(portNameKey(port.toLowerCase(), tcp));
  if (named !== undefined) return [named];
  const first = parsePortNumber(port);
  if (first === undefined) return [];
  const declared = (facts.ports ?? []).filter((own) => (own.protocol ?? "TCP") === "TCP").map((own) => own.port);
  if (first === 0) return declared;
  return endPort > first ? declared.filter((own) => own >= first && own <= endPort) : [first];
}

/**
 * Whether a rule may mean a port of a server. It does not, if another pod of the namespace declares the port with a name and the server does not. Ports
 * without a name prove nothing, because the scenario may have them only because policies mention them.
 */
function listeners({ pods }: LintContext): (server: KnownEndpoint, port: number) => boolean {
  const declares = ({ ports = [] }: EndpointFacts, port: number) =>
    ports.some((own) => own.port === port && own.name !== undefined);
  const known = new Map<string, boolean>();
  return ({ facts }, port) =>
    declares(facts, port) ||
    !getOrMake(known, JSON.stringify([facts.namespace, port]), () =>
      pods.some((pod) => pod.facts.namespace === facts.namespace && declares(pod.facts, port)),
    );
}

/** Whether requests to a port travel to 4143 in either mode. */
function isOpaque(port: number, { facts }: KnownEndpoint): boolean {
  const meshed = { injected: true };
  return (
    wireOf({ proto: "TCP", port, from: meshed, to: facts.mesh ?? meshed }, TransportMode.Transparent).port !== port
  );
}

const opaqueFix =
  "Allow 4143 as well: that opens every port of the server to these clients, and only Linkerd's authorization can restrict them further. Or bypass Linkerd, in plain text: " +
  "annotate the server with config.linkerd.io/skip-inbound-ports. An opaque port travels on 4143 in both transport modes.";

function partition<T>(items: readonly T[], test: (item: T) => boolean): [T[], T[]] {
  return [items.filter(test), items.filter((item) => !test(item))];
}

/** How many ports a list means; undefined if that depends on the ports that the server declares. */
function countOf(ports: readonly PortProtocol[] = []): number | undefined {
  const numbers = ports.map(({ port = "", endPort = 0 }) => {
    const number = parsePortNumber(port) ?? 0;
    return endPort > number ? 0 : number;
  });
  return numbers.includes(0) ? undefined : new Set(numbers).size;
}

export const meshPortBlocked: LintRule = {
  id: "mesh-port-blocked",
  severity: Severity.Error,
  title: "A port rule that blocks every meshed request",
  why:
    "Between two meshed pods Linkerd sends requests to 4143: all of them in the mode transport-header (the chart's default since edge-25.3.2), and those " +
    "to opaque ports in the mode transparent. Cilium sees 4143, so a rule that names the application's port lets no meshed request pass. Measured: every " +
    "request failed with 503.",
  fix:
    "Set proxy.outboundTransportMode: transparent, so that the port on the wire is the application's. Or allow 4143 as well: that opens every port of the " +
    "server to these clients, and only Linkerd's AuthorizationPolicy can restrict them further.",
  kubernetes: true,
  *check(context) {
    const mode = context.scenario.mesh?.transportMode;
    // Whatever port the application asks for, this end's decision about 4143 counts. Ask once for each pair, and only if requests travel there, because the
    // first question compiles the engine.
    const decided = new Map<string, boolean>();
    const mayListen = listeners(context);
    for (const item of context.items) {
      if (item.deny) continue;
      const { direction, of, path } = item;
      for (const [index, { ports }] of (item.toPorts ?? []).entries()) {
        const blocked = new Map<number, KnownEndpoint>();
        for (const { client, server } of meshedPairs(context, item)) {
          const from = client.facts.id;
          const to = server.facts.id;
          const inside = (ports ?? [])
            .flatMap((port) => tcpPortsOf(port, server))
            .filter((port) => mayListen(server, port))
            .filter(
              (port) =>
                wireOf({ proto: "TCP", port, from: client.facts.mesh, to: server.facts.mesh }, mode).port !== port,
            )
            .filter((port) => !blocked.has(port));
          const [port] = inside;
          if (port === undefined) continue;
          const isDenied = getOrMake(
            decided,
            JSON.stringify([direction, from, to]),
            () => context.reachability.verdict({ from, to, proto: "TCP", port })[direction] === "denied",
          );
          if (isDenied) for (const port of inside) blocked.set(port, server);
          if (blocked.size === countOf(ports)) break;
        }
        const [opaque, others] = partition([...blocked], ([port, server]) => isOpaque(port, server));
        for (const [some, more] of [
          [others, {}],
          [opaque, { fix: opaqueFix }],
        ] as const) {
          if (some.length === 0) continue;
          const servers = names([...new Set(some.map(([, server]) => server))]);
          const asked = `meshed requests to ${servers} on ${enumerate(some.map(([port]) => String(port)))}`;
          const why = some === opaque ? `, ${some.length === 1 ? "an opaque port" : "opaque ports"},` : "";
          yield {
            policy: of.policy,
            path: [...path, "toPorts", index],
            data: {
              ports: some.map(([port]) => port),
              servers: idsOf([...new Set(some.map(([, server]) => server))]),
              isOpaque: some === opaque,
            },
            message: `${asked}${why} travel to ${meshPorts.inbound}, which nothing allows`,
            ...more,
          };
        }
      }
    }
  },
};
