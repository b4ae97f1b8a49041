import { parsePortNumber } from "../../kubernetes/ports";
import { meshPorts } from "../../linkerd/wire/ports";
import { wireOf } from "../../linkerd/wire/wire";
import type { LintContext, PlacedItem } from "../context";
import { type LintRule, Severity } from "../finding";
import { isTcp, type MeshedPair, meshedPairs } from "../meshed-pairs";
import { idsOf, names } from "../text";

export const meshPortAlone: LintRule = {
  id: "mesh-port-alone",
  severity: Severity.Error,
  title: "Port 4143 alone, although requests use the application's port",
  why:
    "In the mode transparent, a meshed request keeps the application's port between the pods; only requests to opaque ports use 4143. A policy that " +
    "allows 4143 but not the application's port is right in the mode transport-header, but here it lets no request pass.",
  fix: "Allow the application's port. Only opaque ports need 4143.",
  kubernetes: true,
  *check(context) {
    for (const item of context.items) {
      if (item.deny) continue;
      for (const [index, { ports }] of (item.toPorts ?? []).entries())
        for (const [at, port] of (ports ?? []).entries()) {
          if (
            parsePortNumber(port.port ?? "") !== meshPorts.inbound ||
            (port.endPort ?? 0) > meshPorts.inbound ||
            !isTcp(port)
          )
            continue;
          const pairs = [...meshedPairs(context, item)];
          const shut = pairs.map((pair) => ({ pair, ports: portsOf(context, pair) }));
          if (
            shut.length === 0 ||
            !shut.every(({ pair, ports }) => ports.length > 0 && isShut(context, item, pair, ports))
          )
            continue;
          const servers = names([...new Set(pairs.map(({ server }) => server))]);
          yield {
            policy: item.of.policy,
            path: [...item.path, "toPorts", index, "ports", at, "port"],
            data: { servers: idsOf([...new Set(pairs.map(({ server }) => server))]) },
            message: `no meshed request to ${servers} travels on ${meshPorts.inbound} here: they all keep the application's port, which nothing allows`,
          };
        }
    }
  },
};

/** The ports on which a server accepts requests, unless some of them travel on 4143. */
function portsOf({ scenario }: LintContext, { client, server }: MeshedPair): number[] {
  const declared = (server.facts.ports ?? [])
    .filter(({ protocol = "TCP", standsFor, port }) => protocol === "TCP" && standsFor === undefined && !own.has(port))
    .map(({ port }) => port);
  // If none is known, any port will do.
  const asked = declared.length > 0 ? declared : [8080];
  const [from, to, mode] = [client.facts.mesh, server.facts.mesh, scenario.mesh?.transportMode];
  const onWire = asked.map(
    (port) => wireOf({ proto: "TCP", port, ...(from && { from }), ...(to && { to }) }, mode).port,
  );
  return onWire.includes(meshPorts.inbound) ? [] : asked;
}

const own: ReadonlySet<number> = new Set([meshPorts.inbound, meshPorts.tap, meshPorts.admin]);

function isShut(
  context: LintContext,
  { direction }: PlacedItem,
  { client, server }: MeshedPair,
  ports: readonly number[],
): boolean {
  return ports.every(
    (port) =>
      context.reachability.verdict({ from: client.facts.id, to: server.facts.id, proto: "TCP", port })[direction] ===
      "denied",
  );
}
