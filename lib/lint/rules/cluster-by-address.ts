import { type LintRule, Severity } from "../finding";

export const clusterByAddress: LintRule = {
  id: "cluster-by-address",
  severity: Severity.Info,
  title: "The cluster, by addresses",
  why:
    "`cluster-authenticated`, `cluster-unauthenticated` and a ServerAuthorization without `client.networks` mean the addresses of the chart's `clusterNetworks`, by default all private ones: nodes and hosts " +
    "of the data centre are among them, and pods with public addresses are not (linkerd2#7507). An AuthorizationPolicy without a NetworkAuthentication is for clients from everywhere.",
  fix: "Say who is meant by identity, or by networks with a NetworkAuthentication; or set `clusterNetworks` to the cluster's own blocks.",
  *check({ linkerd }) {
    if (linkerd === undefined) return;
    const { servers, serverAuthorizations } = linkerd.policy.objects;
    for (const server of servers)
      if (server.accessPolicy?.startsWith("cluster-"))
        yield {
          linkerd: linkerd.placeOf("Server", server),
          path: ["spec", "accessPolicy"],
          message: `${server.accessPolicy} is about addresses in clusterNetworks, not about pods of the cluster`,
        };
    for (const { namespace, name, spec } of serverAuthorizations)
      if ((spec.client.networks ?? []).length === 0)
        yield {
          linkerd: linkerd.placeOf("ServerAuthorization", { namespace, name }),
          path: ["spec", "client"],
          message: "has no networks, so it is for addresses in clusterNetworks alone",
        };
  },
};
