import { runningPods } from "../live-pods";
import type { Snapshot } from "../snapshot";
import { condition, count, type Obstacle, type ReadinessCondition, unknown, unread } from "./condition";
import { rolloutObstacles } from "./rollout";

export function nodesReady(snapshot: Snapshot): ReadinessCondition {
  const what = "every node is ready";
  const why = unread(snapshot, "nodes");
  if (why.length > 0) return unknown("nodes", what, why);
  const obstacles = snapshot.nodes.flatMap(({ metadata, status }): Obstacle[] => {
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    if (ready?.status === "True") return [];
    return [{ detail: `${metadata.name}: ${ready?.message ?? ready?.reason ?? "has not reported its state yet"}` }];
  });
  return condition("nodes", what, obstacles, count(snapshot.nodes.length, "node"));
}

export function agentsReady(snapshot: Snapshot): ReadinessCondition {
  const what = "Cilium's agent is available and up to date on every node";
  const agents = snapshot.controllers.filter(
    ({ kind, metadata }) => kind === "DaemonSet" && metadata.labels?.["k8s-app"] === "cilium",
  );
  const why = unread(snapshot, "daemonsets");
  if (agents.length === 0 && why.length > 0) return unknown("agents", what, why);
  const none: Obstacle = { detail: "there is no DaemonSet of Cilium", cure: "install Cilium", final: true };
  const idle = (desired = 0): Obstacle[] => (desired > 0 ? [] : [{ detail: "no agent is scheduled yet" }]);
  const obstacles = agents.flatMap((agent) => [
    ...idle(agent.status?.desiredNumberScheduled),
    ...rolloutObstacles(agent),
  ]);
  const scheduled = agents.reduce((sum, { status }) => sum + (status?.desiredNumberScheduled ?? 0), 0);
  return condition("agents", what, agents.length === 0 ? [none] : obstacles, count(scheduled, "agent"));
}

/** The operator validates every policy and writes the result into its status; an invalid policy does nothing. */
export function policiesValid(snapshot: Snapshot): ReadinessCondition {
  const what = "every policy is valid";
  const { namespaces } = snapshot.scope;
  const policies = snapshot.policies.filter(
    ({ metadata }) => metadata.namespace === undefined || namespaces.includes(metadata.namespace),
  );
  const obstacles = policies.flatMap(({ kind, metadata, status }): Obstacle[] => {
    const name = `${kind} ${metadata.namespace === undefined ? "" : `${metadata.namespace}/`}${metadata.name}`;
    const valid = status?.conditions?.find(({ type }) => type === "Valid");
    if (valid?.status === "True") return [];
    if (valid === undefined) return [{ detail: `${name}: Cilium's operator has not checked it yet` }];
    return [
      {
        detail: `${name}: ${valid.message ?? valid.reason ?? "not valid"}`,
        cure: "correct the policy: it is not enforced",
        final: true,
      },
    ];
  });
  return condition("policies", what, obstacles, policies.length === 1 ? "1 policy" : `${policies.length} policies`);
}

/** A pod that is older than Cilium has no endpoint, and no policy applies to it. */
export function podsManaged(snapshot: Snapshot): ReadinessCondition {
  const what = "every pod is managed by Cilium";
  const why = unread(snapshot, "ciliumendpoints");
  if (why.length > 0) return unknown("managed", what, why);
  const managed = new Set(snapshot.ciliumEndpoints.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`));
  const pods = podsInScope(snapshot).filter(({ pod }) => pod.spec.hostNetwork !== true);
  const obstacles = pods
    .map(({ live }) => `${live.namespace}/${live.name}`)
    .filter((name) => !managed.has(name))
    .map(
      (name): Obstacle => ({
        detail: `${name} has no CiliumEndpoint`,
        cure: "a pod that was created before Cilium was installed has to be recreated",
      }),
    );
  return condition("managed", what, obstacles, count(pods.length, "pod"));
}

export function endpointsReady(snapshot: Snapshot): ReadinessCondition {
  const what = "every Cilium endpoint is ready";
  const why = unread(snapshot, "ciliumendpoints");
  if (why.length > 0) return unknown("endpoints", what, why);
  const endpoints = snapshot.ciliumEndpoints.filter(({ metadata }) => inScope(snapshot, metadata.namespace));
  const obstacles = endpoints
    .filter(({ status }) => status?.state !== "ready")
    .map(
      ({ metadata, status }): Obstacle => ({
        detail: `${metadata.namespace}/${metadata.name}: ${status?.state ?? "no state yet"}`,
      }),
    );
  return condition("endpoints", what, obstacles, count(endpoints.length, "endpoint"));
}

/** Only the agents know which revision of the policies is in the kernel; the API server does not. */
export function revisionsCurrent(snapshot: Snapshot): ReadinessCondition {
  const what = "every Cilium endpoint enforces the current policies";
  const why = unread(snapshot, "agents");
  const endpoints = snapshot.agents.flatMap(({ node, policyRevision: current, endpoints }) =>
    endpoints.map((endpoint) => ({ ...endpoint, node, current })),
  );
  const own = endpoints.filter(({ pod }) => inScope(snapshot, pod?.split("/", 1)[0]));
  const obstacles = own
    .filter(({ policyRevision, current }) => policyRevision < current)
    .map(
      ({ pod, node, policyRevision, current }): Obstacle => ({
        detail: `${pod} on ${node} is at revision ${policyRevision} of ${current}`,
      }),
    );
  if (obstacles.length === 0 && why.length > 0) return unknown("revision", what, why);
  if (snapshot.agents.length === 0) return unknown("revision", what, ["no agent was found to ask"]);
  return condition("revision", what, obstacles, count(own.length, "endpoint"));
}

export const inScope = ({ scope }: Snapshot, namespace: string | undefined): boolean =>
  namespace !== undefined && scope.namespaces.includes(namespace);

export const podsInScope = (snapshot: Snapshot) =>
  runningPods(snapshot).filter(({ pod }) => inScope(snapshot, pod.metadata.namespace));
