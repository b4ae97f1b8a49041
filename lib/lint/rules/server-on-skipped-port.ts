import { judgedByProxy } from "../../linkerd/wire/wire";
import { type LintRule, Severity } from "../finding";

export const serverOnSkippedPort: LintRule = {
  id: "server-on-skipped-port",
  severity: Severity.Error,
  title: "A Server on a port that bypasses the proxy",
  why:
    "Ports in `config.linkerd.io/skip-inbound-ports` (and in the chart's `proxyInit.ignoreInboundPorts`, 4567 and 4568), and the proxy's own 4143 and " +
    "4190, are never checked: there is no mTLS and nothing that a Server could enforce.",
  fix: "Remove the port from the skipped ports and restart the pods, or restrict it with Cilium alone and delete the Server.",
  *check({ linkerd }) {
    if (linkerd === undefined) return;
    for (const server of linkerd.policy.objects.servers) {
      const skipping = linkerd
        .selectedBy(server)
        .filter((pod) => linkerd.portsOf(server, pod).some((port) => !judgedByProxy(pod.facts.mesh, port)));
      const [first] = skipping;
      if (first === undefined) continue;
      const more = skipping.length > 1 ? ` and ${skipping.length - 1} more` : "";
      yield {
        linkerd: linkerd.placeOf("Server", server),
        path: ["spec", "port"],
        data: { port: server.port, pods: skipping.map(({ facts }) => facts.id) },
        message: `port ${server.port} of ${first.facts.id}${more} bypasses the proxy: nothing is enforced there`,
      };
    }
  },
};
