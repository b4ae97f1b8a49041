import { ADMIN_PORT } from "../../linkerd/policy/decide";
import { judgedByProxy } from "../../linkerd/wire/wire";
import { type LintRule, Severity } from "../finding";
import type { LinkerdContext, MeshedPod } from "../linkerd-context";

export const shutByDefault: LintRule = {
  id: "shut-by-default",
  severity: Severity.Warning,
  title: "A port that the default inbound policy closes to everybody",
  why:
    "With `default-inbound-policy: deny`, set for the pod, its namespace or the cluster, everybody gets 403 on each port that no Server selects, except " +
    "on the paths of probes. Such a port cannot be opened without a Server: an AuthorizationPolicy for the Namespace only applies to its Servers. This " +
    "includes 4191, the proxy's own metrics port, so Prometheus sees nothing.",
  fix: "Add a Server for the port, with an AuthorizationPolicy for its clients, or give the pod another `config.linkerd.io/default-inbound-policy`.",
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
        data: { ports: shut, isMetricsPortShut: metrics !== "" },
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
