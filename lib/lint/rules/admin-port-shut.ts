import { accountIdentity } from "../../linkerd/api/identity";
import { ANYWHERE } from "../../linkerd/policy/client";
import { ADMIN_PORT } from "../../linkerd/policy/decide";
import { type LintRule, Severity } from "../finding";

export const adminPortShut: LintRule = {
  id: "admin-port-shut",
  severity: Severity.Warning,
  title: "Proxy metrics closed to Prometheus",
  why:
    "Port 4191, the proxy's own metrics port, is subject to the policy too. A Server on it, or the default policy deny, refuses scrapes with 403 " +
    "(measured), which breaks `linkerd viz stat` and dashboards. The proxy's own probes still pass as long as no route is attached.",
  fix: "Admit the account that scrapes, such as `prometheus` in `linkerd-viz`: `linkerd viz allow-scrapes` prints the objects.",
  *check({ linkerd }) {
    if (linkerd === undefined) return;
    const { policy } = linkerd;
    for (const server of policy.objects.servers) {
      const pod = linkerd.selectedBy(server).find((one) => linkerd.portsOf(server, one).includes(ADMIN_PORT));
      if (pod === undefined || !linkerd.owns(server, pod, ADMIN_PORT)) continue;
      const identity = accountIdentity("prometheus", "linkerd-viz", policy.settings);
      const request = { protocol: "http1", method: "GET", path: "/metrics" } as const;
      const clients = [
        { blocks: ANYWHERE, tls: "mesh", identity, via: "direct" },
        { blocks: ANYWHERE, tls: "none", via: "direct" },
      ] as const;
      const named = policy.policiesOfPort(pod.workload, ADMIN_PORT).flatMap((one) => linkerd.authorizationsOf(one));
      // A client that the authorizations name may well be the one that scrapes.
      if (named.some(({ ref }) => ref.kind !== "default")) continue;
      const isShut = clients.every((client) =>
        policy.decide(pod.workload, ADMIN_PORT, client, request).every(({ verdict }) => verdict !== "allowed"),
      );
      if (!isShut) continue;
      yield {
        linkerd: linkerd.placeOf("Server", server),
        path: ["spec", "port"],
        data: { pod: pod.facts.id },
        message: `nobody may read the metrics of ${pod.facts.id}'s proxy: no authorization applies to Server ${server.name}`,
      };
    }
  },
};
