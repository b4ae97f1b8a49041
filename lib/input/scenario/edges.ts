import { formatProblem, type Problem } from "../../common/problem";
import { reachableEdges } from "../../reachability/edges";
import { flowPort } from "../../scenario/flows";
import type { EndpointFacts, Flow, Scenario } from "../../scenario/scenario";
import { readCluster } from "../manifests/cluster";
import type { LocatedDocument } from "../manifests/document";
import { type KubernetesObject, readObjects } from "../manifests/objects";
import type { ClusterSettings } from "../manifests/settings/settings";
import { scenarioOf } from "./scenario";

/**
 * Who can reach whom among the workloads of some Kubernetes objects, and between them and the rest of the world, as `reachableEdges` says
 * it. Pure.
 *
 * @param objects Values as they would stand in a manifest, policies among them.
 * @returns the edges, with a line for each object that is not seen, and what could not be read, of which they take no account
 */
export function edgesOfObjects(
  objects: readonly unknown[],
  settings: ClusterSettings,
): { edges: { [edge: string]: string }; problems: string[] } {
  const problems: Problem[] = [];
  const found = objects.flatMap((value, index): KubernetesObject[] =>
    readObjects(unplaced(value, index), (problem) => problems.push(problem), false),
  );
  const cluster = readCluster(found);
  problems.push(...cluster.problems);
  const policies = cluster.policies.map(({ manifest }) => manifest);
  const scenario = scenarioOf(cluster, policies, settings);
  const workloads = new Set(cluster.workloads.map(({ endpoint }) => endpoint.id));
  const edges = reachableEdges(policies, { ...scenario, flows: flowsOf(scenario, workloads) });
  // As a policy that is refused, what is not seen has a line of its own: an answer without it may be wrong.
  const unseen = Object.fromEntries(cluster.unseen.map(({ object, reason }) => [`not seen ${object}`, reason]));
  return { edges: workloads.size === 0 ? unseen : { ...edges, ...unseen }, problems: problems.map(formatProblem) };
}

/** What stands in no file is told apart by its place in the list. */
function unplaced(value: unknown, index: number): LocatedDocument {
  // Undefined members are absent ones.
  const text = JSON.stringify(value);
  return { file: `[${index}]`, value: text === undefined ? undefined : JSON.parse(text), position: () => ({}) };
}

/** What is asked of a workload or by one: the rest of the cluster is not theirs to fence. */
function flowsOf({ endpoints }: Scenario, workloads: ReadonlySet<string>): Flow[] {
  const to = (from: EndpointFacts, server: EndpointFacts): Flow[] =>
    (server.ports ?? []).map((port) => ({ from: from.id, to: server.id, ...flowPort(port) }));
  return endpoints.flatMap((from) =>
    endpoints
      .filter(
        (server) => (server !== from || from.several === true) && (workloads.has(from.id) || workloads.has(server.id)),
      )
      .flatMap((server) => to(from, server)),
  );
}
