import { ADMIN_PORT } from "../../linkerd/policy/decide";
import { judgedByProxy } from "../../linkerd/wire/wire";
import { type LintRule, Severity } from "../finding";
import type { LinkerdContext, MeshedPod } from "../linkerd-context";

export const shutByDefault: LintRule = {
  id: "shut-by-default",
  severity: Severity.Warning,
  title: "Port that the default inbound policy shuts to everybody",
  why:
    "With `default-inbound-policy: deny`, of the pod, its namespace or the cluster, everybody gets 403 on each port that no Server selects, but for the paths of probes. Nothing opens such a port " +
    "without a Server: an AuthorizationPolicy for the Namespace is about its Servers. 4191, the proxy's own port for metrics, is one of them, so that Prometheus sees nothing.",
  fix: "Give the port a Server with an AuthorizationPolicy for its clients, or the pod another `config.linkerd.io/default-inbound-policy`.",
  *check({ linkerd, facts: { workloads = [] } }) {
    if (linkerd === undefined) return;
    const pods = new Map(linkerd.pods.map((pod) => [pod.facts.id, pod]));
    for (const [workload, { id }] of workloads.entries()) {
      const pod = pods.get(id);
      if (pod === undefined) continue;
      const declared = (pod.facts.ports ?? []).filter(({ protocol = "TCP" }) => protocol === "TCP");
      const shut = declared.map(({ port }) => port).filter((port) => isShut(linkerd, pod, port));
      if (shut.length === 0) continue;
      const metrics = isShut(linkerd, pod, ADMIN_PORT) ? ", nor read the proxy's metrics (4191)" : "";
      const ports = shut.length === 1 ? `port ${shut[0]}` : `ports ${shut.join(", ")}`;
      yield {
        workload,
        path: [],
        message: `nobody may call ${ports}${metrics}: the default inbound policy is deny, and no Server selects ${shut.length === 1 ? "it" : "them"}`,
      };
    }
  },
};

function isShut(linkerd: LinkerdContext, { facts, workload }: MeshedPod, port: number): boolean {
  if (!judgedByProxy(facts.mesh, port)) return false;
  const policies = linkerd.policy.policiesOfPort(workload, port);
  return policies.every(
    ({ owner, server }) => server === undefined && owner.kind === "default" && owner.name === "deny",
  );
}
