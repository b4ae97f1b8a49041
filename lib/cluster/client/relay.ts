import type { Duplex } from "node:stream";
import { podsRule } from "../access";
import type { Limit } from "../cluster";
import { ClusterError } from "../error";
import { ApiServer } from "./api-server";
import { type ClusterChoice, loadKubeconfig } from "./kubeconfig";
import { within } from "./limit";
import { openTunnel, portOperation } from "./port-forward";

/** Relay's port in its pod (`hubble.relay.listenPort` of Cilium's chart). */
const RELAY_PORT = 4245;
const RELAY_LABEL = "k8s-app=hubble-relay";

interface RelayPod {
  metadata: { name: string; namespace: string };
  status?: { conditions?: { type?: string; status?: string }[] };
}

/**
 * A connection to the Hubble Relay of a cluster, through a port-forward to its pod.
 *
 * @throws ClusterError if there is none, or the user may not reach it
 */
export async function openRelay(
  choice: ClusterChoice,
  limit: Limit,
): Promise<{ connection: Duplex; close: () => void }> {
  const config = await loadKubeconfig(choice);
  const server = new ApiServer(config, config.getCurrentContext());
  const address = `/api/v1/pods?labelSelector=${encodeURIComponent(RELAY_LABEL)}`;
  const pods = await server.list<RelayPod>(address, { what: "the pods of Hubble Relay", rule: podsRule() }, limit);
  const pod = pods.find(({ status }) =>
    status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
  );
  if (pod === undefined)
    throw new ClusterError("absent", `${server.context}: no pod of Hubble Relay is ready`, {
      cure: "switch it on (`hubble.relay.enabled` of Cilium's chart), or record with `hubble observe` or the exporter",
    });
  const operation = portOperation(pod.metadata, RELAY_PORT);
  return within(limit, operation.what, (signal) => openTunnel(server, pod.metadata, RELAY_PORT, operation, signal));
}
