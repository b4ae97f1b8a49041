import type { PortProtocol, PortRule } from "../../cilium/api/policy";
import { getOrMake } from "../../common/maps";
import {
  PROTOCOL_NUMBERS,
  parsePortNumber,
  parseRuleProtocol,
  portNameKey,
  ruleProtocolNumbers,
} from "../../kubernetes/ports";
import { meshPorts } from "../../linkerd/wire/ports";
import { wireOf } from "../../linkerd/wire/wire";
import { TransportMode } from "../../scenario/transport-mode";
import type { KnownEndpoint, LintContext, PlacedItem } from "../context";
import { type LintRule, Severity } from "../finding";
import { portRange } from "../port-range";
import { enumerate, names } from "./text";

const isMeshed = ({ facts }: KnownEndpoint) => facts.mesh?.injected === true;

/** The pairs of different meshed pods that an item is about, as client and server. */
function* meshedPairs(
  context: LintContext,
  item: PlacedItem,
): Iterable<{ client: KnownEndpoint; server: KnownEndpoint }> {
  const peers = context.peersOf(item).filter(isMeshed);
  for (const subject of item.of.subjects.filter(isMeshed))
    for (const peer of peers)
      if (peer !== subject)
        yield item.direction === "ingress" ? { client: peer, server: subject } : { client: subject, server: peer };
}

const tcp = PROTOCOL_NUMBERS.get("tcp") ?? -1;
const isTcp = ({ protocol }: PortProtocol) => ruleProtocolNumbers(parseRuleProtocol(protocol) ?? "").includes(tcp);

/** The TCP ports of a server that a port of a rule means. A range stands for those that the server declares. */
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

/** How many ports a list means on whatever server; undefined where that depends on what the server declares. */
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
    "Between two meshed pods Linkerd sends requests to 4143, in the mode transport-header all of them (the chart's default since edge-25.3.2), in the mode transparent those to opaque " +
    "ports. Cilium sees 4143, so a rule that names the application's port lets no meshed request pass: measured, every one failed with 503.",
  fix:
    "Set proxy.outboundTransportMode: transparent, so that the port on the wire is the application's. Or allow 4143 as well: that opens every port of the server to these clients, " +
    "and only Linkerd's AuthorizationPolicy tells them apart.",
  kubernetes: true,
  *check(context) {
    const mode = context.scenario.mesh?.transportMode;
    // Whatever the application asks for, what counts is whether this end lets 4143 through: once for each pair, and not at all where
    // nobody is sent there, since the engine has to be made ready for it.
    const decided = new Map<string, boolean>();
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
        if (blocked.size === 0) continue;
        const asked = `meshed requests to ${names([...new Set(blocked.values())])} on ${enumerate([...blocked.keys()].map(String))}`;
        yield {
          policy: of.policy,
          path: [...path, "toPorts", index],
          message: `${asked} travel to ${meshPorts.inbound}, which nothing allows`,
        };
      }
    }
  },
};

/** Whether a port of a rule lets mTLS in on 4143. One that means every port opens nothing more by that. */
function opensInbound(port: PortProtocol): boolean {
  const range = portRange(port);
  if (range === undefined || !isTcp(port)) return false;
  const { first, last } = range;
  const isEvery = first <= 1 && last === 65_535;
  return !isEvery && first <= meshPorts.inbound && meshPorts.inbound <= last;
}

export const meshPortOpensAll: LintRule = {
  id: "mesh-port-opens-all",
  severity: Severity.Warning,
  title: "Port 4143 opens every port",
  why:
    "Port 4143 of a meshed pod takes requests for each of its ports; which one stands inside mTLS, where Cilium cannot see it (linkerd/linkerd2#15246, which Linkerd calls expected). " +
    "Measured: with 9898 and 4143 allowed, 9797 answered too. What remains is that only meshed pods get in.",
  fix: "Set proxy.outboundTransportMode: transparent and delete 4143, or restrict the server's ports with Linkerd's Server and AuthorizationPolicy.",
  kubernetes: true,
  *check(context) {
    const isTransparent = context.scenario.mesh?.transportMode === TransportMode.Transparent;
    for (const item of context.items) {
      if (item.deny) continue;
      for (const [index, { ports }] of (item.toPorts ?? []).entries())
        for (const [at, port] of (ports ?? []).entries()) {
          if (!opensInbound(port)) continue;
          const pairs = [...meshedPairs(context, item)];
          if (pairs.length === 0) continue;
          const servers = names([...new Set(pairs.map(({ server }) => server))]);
          const clients = names([...new Set(pairs.map(({ client }) => client))]);
          yield {
            policy: item.of.policy,
            path: [...item.path, "toPorts", index, "ports", at, "port"],
            message: `this opens every port of ${servers} to ${clients}; only Linkerd's authorization can still tell them apart`,
            ...(isTransparent && {
              fix: "Opaque ports travel on 4143 in this mode as well. Restrict the server's ports with Linkerd's Server and AuthorizationPolicy.",
            }),
          };
        }
    }
  },
};

export const l7OnMesh: LintRule = {
  id: "l7-on-mesh",
  severity: Severity.Error,
  title: "L7 rules between meshed pods",
  why:
    "Cilium's L7 proxy would have to read what Linkerd has encrypted: it sees mTLS where the rule expects HTTP, and drops every request (Cilium's own documentation says so of Istio, " +
    "servicemesh/istio.rst).",
  fix: "Keep the L4 part here and say which requests may pass with Linkerd's HTTPRoute and AuthorizationPolicy.",
  *check(context) {
    // Denying rules have ports only.
    for (const item of context.items.filter(({ deny }) => !deny))
      for (const [index, entry] of (item.toPorts ?? []).entries()) {
        const field = l7Field(entry);
        if (field === undefined) continue;
        const [pair] = meshedPairs(context, item);
        if (pair === undefined) continue;
        const ends = `${names([pair.client])} and ${names([pair.server])}`;
        yield {
          policy: item.of.policy,
          path: [...item.path, "toPorts", index, field],
          message: `between ${ends} there is Linkerd's mTLS, which this cannot read: no request passes`,
        };
      }
  },
};

/** DNS rules are none of these: Linkerd does not carry UDP. */
function l7Field({ rules, serverNames, terminatingTLS }: PortRule): string | undefined {
  if (rules?.http !== undefined) return "rules";
  if (serverNames !== undefined) return "serverNames";
  return terminatingTLS === undefined ? undefined : "terminatingTLS";
}
