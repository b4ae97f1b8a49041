import type { EvaluatedPolicy } from "../cilium/api/policy";
import type { Problem } from "../common/problem";
import type { Unseen } from "../common/unseen";
import { readCluster } from "../input/manifests/cluster";
import { readByAgent } from "../input/manifests/settings/policy-kinds";
import { settingsOf } from "../input/manifests/settings/settings";
import { authorizationFacts, scenarioOf } from "../input/scenario/scenario";
import type { AuthorizationFacts, ClusterFacts, Scenario } from "../scenario/scenario";
import type { TransportMode } from "../scenario/transport-mode";
import { standInOwner } from "./control-namespace";
import { liveJobs } from "./live-jobs";
import { objectOf } from "./live-object";
import { runningPods } from "./live-pods";
import { liveSettings } from "./live-settings";
import { groupPods, type LiveWorkload } from "./live-workload";
import type { Snapshot } from "./snapshot";

/** The running cluster in the form that the engine predicts from. */
export interface LiveFacts {
  scenario: Scenario;
  policies: EvaluatedPolicy[];
  workloads: LiveWorkload[];
  /** Pods that a verification created on behalf of Jobs and CronJobs; they are not workloads of their own. */
  standIns: LiveWorkload[];
  /** What Linkerd's policy controller should have read, even if it decides nothing. */
  authorization: AuthorizationFacts;
  /** Absent: no destination controller was seen, and the scenario has the chart's default. */
  transportMode?: TransportMode;
  /** What the prediction does not take into account, or only in part. */
  problems: Problem[];
}

/**
 * Turns a snapshot into a scenario. Only what runs counts: pods, not their templates, and they are meshed if a proxy runs, not if one
 * was requested. Policies, Services and the ports of pods are read like manifests.
 */
export function factsOf(snapshot: Snapshot): LiveFacts {
  const pods = runningPods(snapshot);
  const cluster = readCluster(
    [
      ...snapshot.namespaces,
      ...snapshot.services,
      ...snapshot.cidrGroups,
      ...snapshot.policies,
      ...snapshot.otherPolicies,
      ...(snapshot.authorization ?? []),
      ...(snapshot.links ?? []),
      ...pods.map(({ asRun }) => asRun),
    ].map(objectOf),
  );
  const settings = liveSettings(snapshot);
  const all = groupPods(pods, cluster.workloads, liveJobs(snapshot), settings.nodeSettings);
  const workloads = all.filter(({ kind }) => kind !== standInOwner);
  const standIns = all.filter(({ kind }) => kind === standInOwner);
  const inForce = readByAgent(cluster.policies, settings.kinds);
  const policies = inForce.policies.map(({ manifest }) => manifest);
  const described = workloads.map(({ kind, name, endpoint, inbound, nodeLabels }) => ({
    ...{ kind, name, endpoint },
    ...(nodeLabels !== undefined && { nodeLabels, isNodeKnown: true }),
    ...(inbound !== undefined && { inbound }),
  }));
  const { linkerdSettings } = settingsOf(snapshot.controllers.map(objectOf), []);
  const scenario = scenarioOf({ ...cluster, workloads: described }, policies, {
    transportMode: settings.transportMode,
    l7Proxy: settings.cluster.l7Proxy,
    clusterName: settings.cluster.name,
    agent: settings.cluster,
    nodeSettings: settings.nodeSettings,
    linkerdSettings,
  });
  // The scenario knows more ports of them, from Services and policies.
  const ports = new Map(scenario.endpoints.map((endpoint) => [endpoint.id, endpoint.ports]));
  const complete = ({ id, endpoint, nodeLabels }: LiveWorkload) => {
    const known = ports.get(id) ?? endpoint.ports;
    const node = nodeLabels === undefined ? {} : { nodeLabels, isNodeKnown: true };
    return { ...endpoint, ...node, ...(known !== undefined && { ports: known }) } as LiveWorkload["endpoint"];
  };
  return {
    // The API server lists every Service.
    scenario: { ...scenario, unseenServices: false, ...withFacts(scenario.cluster, settings.cluster) },
    policies,
    authorization: authorizationFacts(cluster, linkerdSettings),
    workloads: workloads.map((workload) => ({ ...workload, endpoint: complete(workload) })),
    standIns: standIns.map((workload) => ({ ...workload, endpoint: complete(workload) })),
    ...(settings.transportMode !== undefined && { transportMode: settings.transportMode }),
    problems: [...settings.problems, ...[...inForce.unseen, ...cluster.unseen].map(unseenProblem), ...cluster.problems],
  };
}

/** Policies of a kind that the agent does not read, and other objects that no prediction takes into account. */
function unseenProblem({ object, reason }: Unseen): Problem {
  return { code: "setting", file: "cluster", ...(object !== undefined && { object }), message: reason };
}

function withFacts(said: ClusterFacts | undefined, seen: ClusterFacts): Pick<Scenario, "cluster"> {
  const facts = { ...said, ...seen };
  return Object.keys(facts).length === 0 ? {} : { cluster: facts };
}
