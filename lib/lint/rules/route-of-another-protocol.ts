import { type LintRule, Severity } from "../finding";

const SPEAKS = {
  detect: "HTTP",
  http1: "HTTP",
  http2: "HTTP",
  grpc: "gRPC",
  opaque: "bytes",
  tls: "TLS",
} as const;

export const routeOfAnotherProtocol: LintRule = {
  id: "route-of-another-protocol",
  severity: Severity.Error,
  title: "A route that its Server's protocol does not use",
  why:
    "A Server with proxyProtocol gRPC only uses GRPCRoutes; one with HTTP (or no protocol) only HTTPRoutes; an opaque or TLS one none. Other routes are " +
    "accepted but have no effect. A GRPCRoute that names a Server disables every HTTPRoute on it, so the Server's own authorizations apply to every path.",
  fix: "Set the Server's proxyProtocol to match the route, or delete the route.",
  *check({ linkerd }) {
    if (linkerd === undefined) return;
    for (const { route, parent, accepted, reason } of linkerd.policy.routeStatuses) {
      const server = linkerd.policy.objects.servers.find(
        ({ namespace, name }) => namespace === parent.namespace && name === parent.name,
      );
      if (server === undefined) continue;
      const at = route.parents.findIndex(({ kind, name }) => kind === "Server" && name === parent.name);
      const place = linkerd.placeOf(route.kind, route);
      const path = ["spec", "parentRefs", Math.max(at, 0)];
      if (!accepted && reason === "RouteReasonConflicted") {
        const message = `does nothing on Server ${parent.name}, since a GRPCRoute names it: every path is open to the clients that the Server itself admits`;
        yield { linkerd: place, path, data: { server: parent.name, isConflicted: true }, message };
        continue;
      }
      const uses = server.protocol === "grpc" ? "GRPCRoute" : "HTTPRoute";
      const speaks = SPEAKS[server.protocol];
      if (route.kind === uses && speaks !== "bytes" && speaks !== "TLS") continue;
      yield {
        linkerd: place,
        path,
        data: { server: parent.name, speaks: server.protocol },
        message: `does nothing on Server ${parent.name}, which takes ${speaks}; neither does any authorization on it`,
      };
    }
  },
};
