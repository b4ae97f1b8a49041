import { ANYWHERE } from "../../linkerd/policy/client";
import type { Decision } from "../../linkerd/policy/decide";
import { judgedByProxy } from "../../linkerd/wire/wire";
import { type LintRule, Severity } from "../finding";

export const probesShutOut: LintRule = {
  id: "probes-shut-out",
  severity: Severity.Error,
  title: "Server that shuts out the kubelet's probes",
  why:
    "The kubelet has no mesh identity. Linkerd lets it ask for the paths of httpGet probes only where no route is attached to the Server and the port is neither opaque nor TLS nor " +
    "gRPC: with a route that does not take the path it gets 404, otherwise the connection is closed. Seen on a live cluster: the pods are never ready, and leave their Service.",
  fix: "Attach an HTTPRoute for GET of the probe's path with an AuthorizationPolicy for a NetworkAuthentication of the nodes' addresses, or probe another port.",
  *check({ linkerd }) {
    if (linkerd === undefined) return;
    const told = new Set<number>();
    for (const { facts, workload } of linkerd.pods) {
      for (const [port, paths] of workload.probes) {
        if (!judgedByProxy(facts.mesh, port)) continue;
        const [policy, other] = linkerd.policy.policiesOfPort(workload, port);
        if (policy?.server === undefined || other !== undefined) continue;
        const shut = [...paths].flatMap((path) => {
          const request = { protocol: policy.protocol === "grpc" ? "http2" : "http1", method: "GET", path } as const;
          const answers = linkerd.policy.decide(
            workload,
            port,
            { blocks: ANYWHERE, tls: "none", via: "direct" },
            request,
          );
          const isShut = answers.length > 0 && answers.every(({ verdict }) => verdict !== "allowed");
          return isShut && answers[0] !== undefined ? [{ path, answer: answers[0] }] : [];
        });
        const [first] = shut;
        const place = linkerd.placeOf("Server", policy.server);
        if (first === undefined || told.has(place)) continue;
        told.add(place);
        yield {
          linkerd: place,
          path: ["spec"],
          message: `the kubelet's GET ${first.path} on port ${port} of ${facts.id} ${gets(first.answer)}, so that its pods are taken for unhealthy`,
        };
      }
    }
  },
};

function gets({ status, verdict }: Decision): string {
  if (typeof status === "number") return `gets ${status}`;
  return verdict === "refused" ? "is refused" : "is closed";
}
