import type { Sample } from "./metrics";
import { sum } from "./metrics";

/** The proxy's metrics that prove mutual TLS. */
export const mtlsMetrics: ReadonlySet<string> = new Set(["request_total", "tcp_open_total"]);

/**
 * How the requests of an edge arrived, according to the counters of the target's own proxy.
 *
 * - `mTLS`: from the client's identity, and nothing on that port without one.
 * - `plain text`: without any identity.
 * - `mixed`: both, so it is not known which one was the probe.
 * - `not seen`: nothing came from the client.
 */
export interface Arrival {
  how: "mTLS" | "plain text" | "mixed" | "not seen";
  /** The identity that the client proved: `default.shop.serviceaccount.identity.linkerd.cluster.local`. */
  identity?: string;
  /** The number of requests, or of connections if the protocol is not HTTP. */
  count: number;
}

/**
 * Counts requests if there are any, otherwise connections. Connections are the weaker evidence: a proxy keeps them open, and the kubelet opens some for
 * its probes, whereas the requests of those have a route of their own and are left out.
 *
 * @param increases The increases of the inbound counters of the target's proxy during the probe.
 */
export function arrivalOf(
  increases: readonly Sample[],
  port: number,
  client: { serviceAccount: string; namespace: string },
): Arrival {
  const inbound = increases.filter(
    ({ labels }) => labels.direction === "inbound" && labels.srv_port === String(port) && labels.route_name !== "probe",
  );
  const requests = inbound.filter(({ name }) => name === "request_total");
  const connections = inbound.filter(({ name, labels }) => name === "tcp_open_total" && labels.peer === "src");
  const counted = requests.length > 0 ? requests : connections;
  const prefix = `${client.serviceAccount}.${client.namespace}.serviceaccount.identity.`;
  const secured = counted.filter(({ labels }) => labels.tls === "true" && labels.client_id?.startsWith(prefix));
  const plain = counted.filter(({ labels }) => labels.tls !== "true");
  const identity = secured[0]?.labels.client_id;
  const count = sum(secured.length > 0 ? secured : plain);
  if (secured.length > 0 && plain.length > 0) return { how: "mixed", count, ...(identity && { identity }) };
  if (secured.length > 0) return { how: "mTLS", count, ...(identity && { identity }) };
  return plain.length > 0 ? { how: "plain text", count } : { how: "not seen", count: 0 };
}
