import { DEFAULT_OPAQUE_PORTS } from "../../linkerd/wire/wire";
import { type LintRule, Severity } from "../finding";

const DECLARED = { http1: "HTTP/1", http2: "HTTP/2", grpc: "gRPC" } as const;
const isDeclared = (protocol: string): protocol is keyof typeof DECLARED => Object.hasOwn(DECLARED, protocol);

export const httpServerOnBytes: LintRule = {
  id: "http-server-on-bytes",
  severity: Severity.Error,
  title: "Server of HTTP in front of what is not HTTP",
  why:
    "On a port that is opaque to clients (by the pod's annotation, a Service's, or the chart's list of databases) their proxies send bytes without a protocol, for which a Server of HTTP/1, HTTP/2 " +
    "or gRPC has no list: everybody is shut out. A protocol in which the server speaks first, as MySQL's or SMTP's, dies in the codec.",
  fix: "Set `proxyProtocol: opaque`, or leave it out so that the protocol is detected; or take the port out of the opaque ones if it does speak HTTP.",
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
          message: `port ${port} of ${pod.facts.id} is opaque to clients, whose bytes a Server of ${DECLARED[server.protocol]} shuts out`,
        };
        break;
      }
    }
  },
};
