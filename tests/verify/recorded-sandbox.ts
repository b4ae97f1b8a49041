import { factsOf, type Snapshot } from "../../lib/cluster";
import { outsideId } from "../../lib/verify/outside/outside";
import type { ProofRequest } from "../../lib/verify/proof-request";
import { recorded } from "../cluster/recordings";
import { FakeCluster } from "./fake-cluster";

export const namespaces = ["cilium-linkerd"];
const address = "172.18.0.9";

/** The recorded sandbox, with a fake that behaves as its policies say. */
export function recordedSandbox(change: (snapshot: Snapshot) => Snapshot = (snapshot) => snapshot) {
  const snapshot = recorded("sandbox");
  const { policies, scenario, workloads } = factsOf(snapshot);
  const { flows: _, ...others } = scenario;
  const outside = { id: outsideId, ip: address, ports: [{ port: 9898 }] };
  const truth = {
    policies,
    workloads,
    scenario: { ...others, endpoints: [...scenario.endpoints, outside] },
  };
  return new FakeCluster(truth, change(snapshot));
}

/** The request for it, and what was removed outside the cluster. */
export function request(more: Partial<ProofRequest> = {}) {
  const removed: string[] = [];
  const given: ProofRequest = {
    namespaces,
    limit: 200,
    parallel: 8,
    mtls: true,
    controller: true,
    strangers: true,
    probeContainers: true,
    readySeconds: 0.1,
    pauseSeconds: 0.001,
    signal: new AbortController().signal,
    outside: async () => ({
      address,
      port: 9898,
      description: "a server",
      remove: async () => void removed.push("outside"),
    }),
    ...more,
  };
  return { given, removed };
}
