import type { PortProtocol } from "../../cilium/api/policy";
import { parsePortNumber } from "../../kubernetes/ports";
import { meshPorts } from "../../linkerd/wire/ports";
import { TransportMode } from "../../scenario/transport-mode";
import type { LintContext } from "../context";
import { type LintRule, Severity } from "../finding";
import { isTcp, type MeshedPair, meshedPairs } from "../meshed-pairs";
import { portRange } from "../port-range";
import { idsOf, names } from "../text";

/** Whether a rule's port admits 4143. A rule for every port does not count, because 4143 opens nothing more. */
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
    "A meshed pod takes requests for all of its ports on 4143. The intended port is inside mTLS, where Cilium cannot see it (linkerd/linkerd2#15246, " +
    "which Linkerd calls expected). Measured: with 9898 and 4143 allowed, 9797 answered too. What remains is that only meshed pods get in, and whatever " +
    "Linkerd's Servers and authorizations enforce; if those close the other ports, this rule reports nothing.",
  fix: "Set proxy.outboundTransportMode: transparent and delete 4143, or restrict the server's ports with Linkerd's Server and AuthorizationPolicy.",
  kubernetes: true,
  *check(context) {
    const isTransparent = context.scenario.mesh?.transportMode === TransportMode.Transparent;
    for (const item of context.items) {
      if (item.deny) continue;
      const own = (item.toPorts ?? []).flatMap(({ ports }) => ports ?? []);
      const meant = own.flatMap(({ port }) => parsePortNumber(port ?? "") ?? []);
      for (const [index, { ports }] of (item.toPorts ?? []).entries())
        for (const [at, port] of (ports ?? []).entries()) {
          if (!opensInbound(port)) continue;

          const pairs = [...meshedPairs(context, item)].map((pair) => ({
            ...pair,
            left: leftOpen(context, pair, meant),
          }));
          const every = pairs.filter(({ left }) => left === "every");
          const open = every.length > 0 ? every : pairs.filter(({ left }) => left === "undeclared");
          if (open.length === 0) continue;
          const servers = names([...new Set(open.map(({ server }) => server))]);
          const clients = names([...new Set(open.map(({ client }) => client))]);
          const path = [...item.path, "toPorts", index, "ports", at, "port"];
          if (every.length === 0) {
            yield {
              policy: item.of.policy,
              path,
              severity: Severity.Info,
              data: {
                servers: idsOf(open.map(({ server }) => server)),
                clients: idsOf(open.map(({ client }) => client)),
                opens: "undeclared",
              },
              message: `this opens the ports of ${servers} that no Server of Linkerd selects to ${clients}`,
              fix: "Annotate the server or its namespace with config.linkerd.io/default-inbound-policy: deny.",
            };
            continue;
          }
          yield {
            policy: item.of.policy,
            path,
            data: {
              servers: idsOf(open.map(({ server }) => server)),
              clients: idsOf(open.map(({ client }) => client)),
              opens: "every",
            },
            message: `this opens every port of ${servers} to ${clients}; only Linkerd's authorization can still tell them apart`,
            ...(isTransparent && {
              fix: "Opaque ports travel on 4143 in this mode as well. Restrict the server's ports with Linkerd's Server and AuthorizationPolicy.",
            }),
          };
        }
    }
  },
};

/** A port that no server is likely to declare. */
const undeclaredPort = 1;

/** Which of a server's ports 4143 opens to a client: those that Linkerd's authorization does not deny, besides those that the rule means to open. */
function leftOpen(
  context: LintContext,
  { client, server }: MeshedPair,
  meant: readonly number[],
): "every" | "undeclared" | "none" {
  if (context.scenario.mesh?.authorization === undefined) return "every";
  const isDenied = (port: number) =>
    context.reachability.verdict({ from: client.facts.id, to: server.facts.id, proto: "TCP", port }).linkerd
      ?.verdict === "denied";
  const declared = (server.facts.ports ?? [])
    .filter(({ protocol = "TCP", standsFor }) => protocol === "TCP" && standsFor === undefined)
    .map(({ port }) => port);
  const others = declared.filter((port) => !meant.includes(port) && port !== meshPorts.inbound);
  if (!others.every(isDenied)) return "every";
  if (isDenied(undeclaredPort)) return "none";
  return others.length > 0 ? "undeclared" : "every";
}
