import { Duplex, PassThrough } from "node:stream";
import { podsRule, portForwardRule } from "../access";
import type { Limit } from "../cluster";
import { ClusterError } from "../error";
import { ApiServer } from "./api-server";
import { Collector } from "./collector";
import { handshakeFailure } from "./exec";
import { type ClusterChoice, loadKubeconfig } from "./kubeconfig";
import { loadLibrary } from "./library";
import { within } from "./limit";

/** Where Relay listens in its pod (`hubble.relay.listenPort` of Cilium's chart). */
const RELAY_PORT = 4245;
const RELAY_LABEL = "k8s-app=hubble-relay";

interface RelayPod {
  metadata: { name: string; namespace: string };
  status?: { conditions?: { type?: string; status?: string }[] };
}

/**
 * A connection to the Hubble Relay of a cluster, by a port-forward to its pod.
 *
 * @throws ClusterError where there is none, or it may not be reached
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
  const { namespace, name } = pod.metadata;
  const asked = { what: `port ${RELAY_PORT} of ${namespace}/${name}`, rule: portForwardRule(namespace) };
  return within(limit, asked.what, async (signal) => {
    const { PortForward } = await loadLibrary();
    const [input, output, refused] = [new PassThrough(), new PassThrough(), new Collector(4096)];
    const forward = new PortForward(config).portForward(namespace, name, [RELAY_PORT], output, refused, input);
    const socket = await forward.catch(async (error: unknown) => {
      const path = `/api/v1/namespaces/${namespace}/pods/${name}/portforward?ports=${RELAY_PORT}`;
      throw await handshakeFailure(server, path, error, asked, signal);
    });
    if (typeof socket === "function") throw new TypeError("a port-forward without retries has a socket");
    const connection = Duplex.from({ writable: input, readable: output });
    socket.onclose = () => output.end();
    return {
      connection,
      close: () => {
        socket.close();
        connection.destroy();
      },
    };
  });
}
