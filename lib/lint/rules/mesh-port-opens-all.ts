import type { PortProtocol } from "../../cilium/api/policy";
import { meshPorts } from "../../linkerd/wire/ports";
import { TransportMode } from "../../scenario/transport-mode";
import { type LintRule, Severity } from "../finding";
import { isTcp, meshedPairs } from "../meshed-pairs";
import { portRange } from "../port-range";
import { names } from "../text";

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
