import { meshPorts } from "../../linkerd/wire/ports";
import type { Cluster, Limit } from "../cluster";
import type { ContainerRef, PodRef } from "../pod-ref";
import { deniedRules } from "./access-review";
import { ApiServer } from "./api-server";
import { type ClusterObjects, readClusterObjects } from "./cluster-objects";
import { createControlPod, removeControlNamespace } from "./control-pod";
import { watchDrops } from "./drops";
import { execute } from "./exec";
import { type ClusterChoice, loadKubeconfig } from "./kubeconfig";
import { askPolicyController } from "./policy-controller";
import { getFromPod } from "./port-forward";
import { probeContainer } from "./probe-container";
import { readSnapshot } from "./read";
import { createStandIn, removeStandIn } from "./stand-in";

/** The cluster that a kubeconfig names. Nothing is sent until the first request. */
export async function fromKubeconfig(choice: ClusterChoice = {}): Promise<Cluster> {
  const config = await loadKubeconfig(choice);
  const server = new ApiServer(config, config.getCurrentContext());
  /** Concurrent probes from one pod share the container that the first creates. */
  const probes = new Map<string, Promise<ContainerRef>>();
  return {
    context: server.context,
    read: (scope, limit) => readSnapshot(server, scope, limit),
    denied: (rules, limit) => deniedRules(server, rules, limit),
    exec: (target, command, limit) => execute(server, target, command, limit),
    proxyMetrics: (pod, limit) => getFromPod(server, { pod, port: meshPorts.admin, path: "/metrics" }, limit),
    inboundPolicies: (namespace, ports, limit) => askPolicyController(server, namespace, ports, limit),
    addProbeContainer: (pod, image, limit) =>
      shared(probes, `${keyOf(pod)} ${image}`, () => probeContainer(server, pod, image, limit)),
    createControlPod: (control, limit) => createControlPod(server, control, limit),
    createStandIn: (standIn, limit) => createStandIn(server, standIn, limit),
    removeStandIn: (standIn, limit) => removeStandIn(server, standIn, limit),
    removeControlNamespace: ({ namespace }, limit) => removeControlNamespace(server, namespace, limit),
    watchDrops: (nodes, limit) => watchDrops(server, nodes, limit),
  };
}

/** Everything that affects which traffic is allowed in the cluster that a kubeconfig names. Only reads. */
export async function clusterObjects(choice: ClusterChoice, limit: Limit): Promise<ClusterObjects> {
  const config = await loadKubeconfig(choice);
  return readClusterObjects(new ApiServer(config, config.getCurrentContext()), limit);
}

const keyOf = ({ namespace, name }: PodRef) => `${namespace}/${name}`;

function shared<T>(running: Map<string, Promise<T>>, key: string, start: () => Promise<T>): Promise<T> {
  const current = running.get(key) ?? start().finally(() => running.delete(key));
  running.set(key, current);
  return current;
}
