import type { Problem } from "../../common/problem";
import { reachableEdges } from "../../reachability/edges";
import { flowPort } from "../../scenario/flows";
import type { EndpointFacts, Flow, Scenario } from "../../scenario/scenario";
import { readCluster } from "../manifests/cluster";
import type { LocatedDocument } from "../manifests/document";
import type { KubernetesObject } from "../manifests/objects";
import { readObjects } from "../manifests/read-objects";
import type { ClusterSettings } from "../manifests/settings/settings";
import { scenarioOf } from "./scenario";

/**
 * Who can reach whom among the workloads of some Kubernetes objects, and between them and the rest of the world, in the form of `reachableEdges`.
 * Pure.
 *
 * @param objects Values as in a manifest, including policies.
 * @returns the edges, with a line for each object that is not seen; and the problems of what could not be read, which the edges leave out
 */
export function edgesOfObjects(
  objects: readonly unknown[],
  settings: ClusterSettings,
): { edges: { [edge: string]: string }; problems: Problem[] } {
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
  // An object that is not seen gets a line, like a refused policy, because the edges may be wrong without it.
  const unseen = Object.fromEntries(cluster.unseen.map(({ object, reason }) => [`not seen ${object}`, reason]));
  return { edges: workloads.size === 0 ? unseen : { ...edges, ...unseen }, problems };
}

/** A value without a file is identified by its index in the list. */
function unplaced(value: unknown, index: number): LocatedDocument {
  // Undefined members are absent ones.
  const text = JSON.stringify(value);
  return { file: `[${index}]`, value: text === undefined ? undefined : JSON.parse(text), position: () => ({}) };
}

/** The flows to and from workloads. Flows between other peers are not what the objects fence. */
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
