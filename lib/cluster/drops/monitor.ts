import type { CiliumEndpointObject } from "../objects";
import type { Drop, DropEnd } from "./drop";

/** The fields of `cilium-dbg monitor -j` that are read. */
interface MonitorEvent {
  type?: string;
  reason?: string;
  /** ID of the endpoint whose policy dropped the packet. */
  source?: number;
  srcLabel?: number;
  dstLabel?: number;
  /** ID of the destination endpoint, if the drop is on its side. */
  dstID?: number;
  summary?: {
    l3?: { src?: string; dst?: string };
    l4?: { src?: string; dst?: string };
    [layer: string]: unknown;
  };
}

const protocols: { readonly [layer: string]: string } = {
  tcp: "TCP",
  udp: "UDP",
  sctp: "SCTP",
  icmpv4: "ICMPv4",
  icmpv6: "ICMPv6",
};

/**
 * Parses one line of `cilium-dbg monitor -t drop -j`; undefined if it is not a drop. The monitor only reports numbers: the pods behind the
 * addresses are looked up in the CiliumEndpoints, and the time is that of arrival.
 */
export function dropOfMonitor(
  line: string,
  node: string,
  ciliumEndpoints: readonly CiliumEndpointObject[],
  now = Date.now(),
): Drop | undefined {
  const event = parse(line);
  const { src, dst } = event?.summary?.l3 ?? {};
  if (event?.type !== "drop" || src === undefined || dst === undefined) return undefined;
  const { summary = {}, reason = "unknown reason", dstID = 0 } = event;
  const layer = Object.keys(protocols).find((name) => summary[name] !== undefined);
  const [sourcePort, port] = [Number(summary.l4?.src), Number(summary.l4?.dst)];
  const byPolicy = /^(policy denied|authentication required)/i.test(reason);
  return {
    at: now,
    node,
    from: endOf(src, event.srcLabel, ciliumEndpoints),
    to: endOf(dst, event.dstLabel, ciliumEndpoints),
    protocol: protocols[layer ?? ""] ?? "unknown",
    ...(port > 0 && { port }),
    ...(sourcePort > 0 && { sourcePort }),
    reason,
    byPolicy,
    // An ingress policy drops at the destination's endpoint; only then is its ID known (bpf/lib/drop.h).
    ...(byPolicy && { direction: dstID > 0 ? "ingress" : "egress" }),
    policies: [],
    seenBy: "monitor",
  };
}

function parse(line: string): MonitorEvent | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as MonitorEvent;
  } catch {
    return undefined;
  }
}

function endOf(ip: string, identity: number | undefined, ciliumEndpoints: readonly CiliumEndpointObject[]): DropEnd {
  const endpoint = ciliumEndpoints.find(({ status }) =>
    (status?.networking?.addressing ?? []).some(({ ipv4, ipv6 }) => ipv4 === ip || ipv6 === ip),
  );
  const { namespace, name } = endpoint?.metadata ?? {};
  const labels = endpoint?.status?.identity?.labels;
  return {
    ip,
    ...(namespace !== undefined && name !== undefined && { pod: { namespace, name } }),
    ...(identity && { identity }),
    ...(labels !== undefined && { labels }),
  };
}
