import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readTraffic } from "../../lib/traffic/read";
import type { Traffic, TrafficEdge } from "../../lib/traffic/traffic";

export const recordings = path.join(__dirname, "recordings");

/** One end of a flow in Hubble's format. */
export interface End {
  ip: string;
  namespace?: string;
  pod?: string;
  workload?: string;
  kind?: string;
  labels?: readonly string[];
  reserved?: readonly string[];
}

export const pod = (namespace: string, workload: string, ip: string, more: Partial<End> = {}): End => ({
  ip,
  namespace,
  workload,
  pod: `${workload}-7d9f8c6b5d-x2x4z`,
  labels: [
    `k8s:app=${workload}`,
    `k8s:io.kubernetes.pod.namespace=${namespace}`,
    "k8s:io.cilium.k8s.policy.cluster=default",
  ],
  ...more,
});

export const world = (ip: string): End => ({ ip, reserved: ["world"] });

export interface Line {
  from: End;
  to: End;
  port: number;
  sourcePort?: number;
  protocol?: "TCP" | "UDP" | "SCTP";
  verdict?: string;
  event?: 1 | 4 | 5;
  point?: string;
  reply?: boolean;
  reason?: string;
  flags?: Record<string, boolean>;
  time?: string;
  more?: object;
}

/** A line of `hubble observe -o jsonpb`, with its members in the same order. */
export function line({
  from,
  to,
  port,
  sourcePort = 40_000,
  protocol = "TCP",
  verdict = "FORWARDED",
  event = 4,
  point = "TO_ENDPOINT",
  reply,
  reason,
  flags = { SYN: true },
  time = "2026-11-26T10:00:00.000000001Z",
  more = {},
}: Line): string {
  const flow = {
    time,
    uuid: "00000000-0000-4000-8000-000000000000",
    verdict,
    ethernet: { source: "de:ad:be:ef:00:00", destination: "de:ad:be:ef:00:01" },
    IP: { source: from.ip, destination: to.ip, ipVersion: "IPv4" },
    l4: { [protocol]: { source_port: sourcePort, destination_port: port, ...(protocol === "TCP" && { flags }) } },
    source: endpoint(from),
    destination: endpoint(to),
    Type: "L3_L4",
    node_name: "node",
    event_type: { type: event },
    traffic_direction: "EGRESS",
    ...(reason !== undefined && { drop_reason_desc: reason }),
    ...(event === 4 && { trace_observation_point: point }),
    ...(reply !== undefined && { is_reply: reply }),
    Summary: "TCP Flags: SYN",
    ...more,
  };
  return JSON.stringify({ flow: inOrder(flow), node_name: "node", time });
}

/** JSON of protocol buffers has its members in the order of the message (`flow.Flow` of Cilium's `api/v1/flow/flow.proto`). */
const ORDER = [
  ["time", "uuid", "emitter", "verdict", "drop_reason", "auth_type", "ethernet", "IP", "l4", "tunnel", "source"],
  ["destination", "Type", "node_name", "node_labels", "source_names", "destination_names", "l7", "reply", "event_type"],
  ["source_service", "destination_service", "traffic_direction", "policy_match_type", "trace_observation_point"],
  ["trace_reason", "drop_reason_desc", "is_reply", "interface", "Summary"],
].flat();

function inOrder(flow: object): object {
  const place = (key: string) => (ORDER.includes(key) ? ORDER.indexOf(key) : ORDER.length);
  return Object.fromEntries(Object.entries(flow).sort(([a], [b]) => place(a) - place(b)));
}

function endpoint({ namespace, pod: name, workload, kind = "Deployment", labels = [], reserved = [] }: End): object {
  return {
    identity: namespace === undefined ? 2 : 1000,
    ...(namespace !== undefined && { namespace }),
    labels: [...labels, ...reserved.map((label) => `reserved:${label}`)],
    ...(name !== undefined && { pod_name: name }),
    ...(workload !== undefined && { workloads: [{ name: workload, kind }] }),
  };
}

/** Reads files by their text. */
export async function trafficOf(files: Readonly<Record<string, string | Buffer>>): Promise<Traffic> {
  const folder = mkdtempSync(path.join(tmpdir(), "meshfence-traffic-"));
  try {
    for (const [name, text] of Object.entries(files)) writeFileSync(path.join(folder, name), text);
    return await readTraffic(Object.keys(files).map((name) => path.join(folder, name)));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export const nameOf = ({ from, to, protocol, port }: TrafficEdge): string =>
  `${from.id} -> ${to.id} ${protocol} ${port ?? "unknown"}`;
