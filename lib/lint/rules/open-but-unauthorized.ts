import { type LintRule, Severity } from "../finding";
import { isTcp, meshedPairs } from "../meshed-pairs";
import { portRange } from "../port-range";
import { idsOf, names } from "../text";

export const openButUnauthorized: LintRule = {
  id: "open-but-unauthorized",
  severity: Severity.Warning,
  title: "A port that Cilium opens and Linkerd closes",
  why:
    "A request passes two fences. This rule lets it through on the wire, but the server's proxy refuses it with 403, or closes the connection, unless a " +
    "Server's accessPolicy or an authorization admits the client's service account.",
  fix: "Admit the clients' accounts with an AuthorizationPolicy on the Server that the message names, or remove the port from this rule.",
  kubernetes: true,
  *check(context) {
    if (context.linkerd === undefined) return;
    for (const item of context.items) {
      if (item.deny || item.direction !== "ingress") continue;
      for (const [index, { ports }] of (item.toPorts ?? []).entries())
        for (const [at, port] of (ports ?? []).entries()) {
          const range = portRange(port);
          if (range === undefined || !isTcp(port) || range.first !== range.last) continue;
          const pairs = [...meshedPairs(context, item)];
          const denied = pairs.map(({ client, server }) => ({
            client,
            verdict: context.reachability.verdict({
              from: client.facts.id,
              to: server.facts.id,
              proto: "TCP",
              port: range.first,
            }),
          }));
          const [first] = denied;
          if (first === undefined || denied.some(({ verdict }) => verdict.linkerd?.verdict !== "denied")) continue;
          yield {
            policy: item.of.policy,
            path: [...item.path, "toPorts", index, "ports", at, "port"],
            data: {
              port: range.first,
              clients: idsOf(denied.map(({ client }) => client)),
              servers: idsOf(pairs.map(({ server }) => server)),
            },
            message: `lets ${names([...new Set(denied.map(({ client }) => client))])} through, whom Linkerd refuses: ${first.verdict.linkerd?.reason ?? first.verdict.linkerd?.owner}`,
          };
        }
    }
  },
};
