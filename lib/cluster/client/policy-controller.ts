import http2 from "node:http2";
import { callUnary, GrpcRefusal } from "../../common/grpc";
import { GET_PORT, portSpec, readServer } from "../../linkerd/policy/inbound-api";
import type { PolicyView } from "../../linkerd/policy/view";
import { podsRule } from "../access";
import type { InboundAnswers, Limit } from "../cluster";
import { ClusterError } from "../error";
import type { PodObject } from "../objects";
import type { PodRef } from "../pod-ref";
import type { ApiServer } from "./api-server";
import { within } from "./limit";
import { openTunnel, portOperation, tunnelFailure } from "./port-forward";

/** Its port in the pod of the destination controller. */
const POLICY_PORT = 8090;
const COMPONENT = "linkerd.io/control-plane-component=destination";
const WHO = "Linkerd's policy controller";

/** Asks a policy controller, as `linkerd diagnostics policy` does: through a port-forward, which bypasses the proxy that guards its port. */
export async function askPolicyController(
  server: ApiServer,
  namespace: string,
  ports: readonly { pod: PodRef; port: number }[],
  limit: Limit,
): Promise<InboundAnswers> {
  const controller = await findController(server, namespace, limit);
  const operation = portOperation(controller, POLICY_PORT);
  return within(limit, operation.what, async (signal) => {
    const tunnel = await openTunnel(server, controller, POLICY_PORT, operation, signal);
    const session = http2.connect(`http://localhost:${POLICY_PORT}`, { createConnection: () => tunnel.connection });
    // Each call reports a lost connection itself.
    session.on("error", () => undefined);
    try {
      const answers = await Promise.all(ports.map(({ pod, port }) => askOne(session, pod, port)));
      return { controller, answers };
    } catch (error) {
      throw tunnelFailure(operation, tunnel, error);
    } finally {
      session.destroy();
      tunnel.close();
    }
  });
}

async function askOne(session: http2.ClientHttp2Session, pod: PodRef, port: number): Promise<PolicyView | string> {
  try {
    return readServer(await callUnary(session, WHO, GET_PORT, portSpec(pod, port)));
  } catch (error) {
    if (error instanceof GrpcRefusal || error instanceof RangeError) return error.message;
    throw error;
  }
}

async function findController(server: ApiServer, namespace: string, limit: Limit): Promise<PodRef> {
  const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=${encodeURIComponent(COMPONENT)}`;
  const operation = {
    what: `the pods of Linkerd's policy controller in namespace ${namespace}`,
    rule: podsRule(namespace),
  };
  const pods = await server.list<PodObject>(path, operation, limit);
  const ready = pods.find(
    ({ metadata, status }) =>
      metadata.deletionTimestamp === undefined &&
      status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
  );
  if (ready === undefined)
    throw new ClusterError("absent", `no pod of Linkerd's policy controller is ready in namespace ${namespace}`, {
      cure: "see what its Deployment says: kubectl -n linkerd describe deployment linkerd-destination",
    });
  return { namespace: ready.metadata.namespace ?? namespace, name: ready.metadata.name };
}
