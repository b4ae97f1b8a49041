import { DEFAULT_OPAQUE_PORTS } from "../../linkerd/wire/wire";
import { type LintRule, Severity } from "../finding";

const DECLARED = { http1: "HTTP/1", http2: "HTTP/2", grpc: "gRPC" } as const;
const isDeclared = (protocol: string): protocol is keyof typeof DECLARED => Object.hasOwn(DECLARED, protocol);

export const httpServerOnBytes: LintRule = {
  id: "http-server-on-bytes",
  severity: Severity.Error,
  title: "An HTTP Server in front of something that is not HTTP",
  why:
    "If clients know a port as opaque (by the pod's annotation, a Service's, or the chart's list of databases), their proxies send bytes without a " +
    "protocol. A Server for HTTP/1, HTTP/2 or gRPC has no authorizations for those, so everybody is denied. Protocols in which the server speaks first, " +
    "such as MySQL's or SMTP's, fail in the codec.",
  fix: "Set `proxyProtocol: opaque`, or omit it so that the protocol is detected; or, if the port does speak HTTP, remove it from the opaque ports.",
  *check({ linkerd }) {
    if (linkerd === undefined) return;
    for (const server of linkerd.policy.objects.servers) {
      if (!isDeclared(server.protocol)) continue;
      for (const pod of linkerd.selectedBy(server)) {
        const opaque = pod.facts.mesh?.opaquePorts ?? DEFAULT_OPAQUE_PORTS;
        const port = linkerd.portsOf(server, pod).find((one) => opaque.includes(one));
        if (port === undefined) continue;
        yield {
          linkerd: linkerd.placeOf("Server", server),
          path: ["spec", "proxyProtocol"],
          data: { protocol: server.protocol, port, pod: pod.facts.id },
          message: `port ${port} of ${pod.facts.id} is opaque to clients, so a Server of ${DECLARED[server.protocol]} refuses what they send`,
        };
        break;
      }
    }
  },
};
