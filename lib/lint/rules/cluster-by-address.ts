import { parsePrefixOrAddress, prefixContains } from "../../kubernetes/cidr";
import { type LintRule, Severity } from "../finding";

export const clusterByAddress: LintRule = {
  id: "cluster-by-address",
  severity: Severity.Info,
  title: "The cluster, identified by addresses",
  why:
    "`cluster-authenticated`, `cluster-unauthenticated` and a ServerAuthorization without `client.networks` refer to the addresses in the chart's " +
    "`clusterNetworks`, by default all private ones. These include nodes and hosts of the data centre, but not pods with public addresses " +
    "(linkerd2#7507). An AuthorizationPolicy without a NetworkAuthentication admits clients from everywhere.",
  fix: "Admit clients by identity, or by network with a NetworkAuthentication; or set `clusterNetworks` to the cluster's own blocks.",
  *check({ linkerd, facts: { podNetworks = [], workloads = [] } }) {
    if (linkerd === undefined) return;
    const { clusterNetworks } = linkerd.policy.settings;
    const outside = podNetworks.find((text) => {
      const block = parsePrefixOrAddress(text);
      return block !== undefined && !clusterNetworks.some(({ cidr }) => prefixContains(cidr, block));
    });
    const missed = outside !== undefined && {
      severity: Severity.Error,
      fix: `Set clusterNetworks of Linkerd's control plane so that ${outside} is in it.`,
    };
    const why = missed ? `; pods have addresses in ${outside}, which is in none of them, so they are refused` : "";
    const { servers, serverAuthorizations } = linkerd.policy.objects;
    for (const server of servers)
      if (server.accessPolicy?.startsWith("cluster-"))
        yield {
          linkerd: linkerd.placeOf("Server", server),
          path: ["spec", "accessPolicy"],
          data: { accessPolicy: server.accessPolicy, refused: outside },
          message: `${server.accessPolicy} applies to addresses in clusterNetworks, not to pods of the cluster${why}`,
          ...missed,
        };
    for (const { namespace, name, spec } of serverAuthorizations)
      if ((spec.client.networks ?? []).length === 0)
        yield {
          linkerd: linkerd.placeOf("ServerAuthorization", { namespace, name }),
          path: ["spec", "client"],
          data: { refused: outside },
          message: `has no networks, so it applies only to addresses in clusterNetworks${why}`,
          ...missed,
        };
    if (missed === false) return;
    // As a default policy this is too common to report, unless it refuses pods.
    const pods = new Map(linkerd.pods.map((pod) => [pod.facts.id, pod]));
    for (const [workload, { id }] of workloads.entries()) {
      const pod = pods.get(id);
      const shut = (pod?.facts.ports ?? []).find(({ port, protocol = "TCP" }) => {
        const [policy] = pod === undefined ? [] : linkerd.policy.policiesOfPort(pod.workload, port);
        return protocol === "TCP" && policy?.owner.kind === "default" && policy.owner.name.startsWith("cluster-");
      });
      if (shut === undefined) continue;
      yield {
        workload,
        path: [],
        data: { port: shut.port, refused: outside },
        message: `port ${shut.port} is under the default inbound policy for clusterNetworks, which goes by addresses${why}`,
        ...missed,
      };
    }
  },
};
