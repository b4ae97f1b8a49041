import { getOrMake } from "../../common/maps";
import type { Party } from "../party";
import type { TrafficEdge } from "../traffic";
import type { Flow } from "./flow";

/** What the lines about one edge add up to. */
export interface Counts {
  from: Party;
  to: Party;
  protocol: string;
  port: number;
  delivered: number;
  sent: number;
  answers: number;
  admitted: number;
  denied: number;
  audited: number;
  first: string;
  last: string;
  /** When something passed last, and when something was denied first; empty for never. */
  lastPassed: string;
  /** One of its flows. */
  example: string;
  firstDenied: string;
}

const isAsked = ({ delivered, sent, admitted, denied, audited }: Counts) =>
  delivered + sent + admitted + denied + audited > 0;

/** Beyond so many ports of one pair somebody scans; those are counted and not told apart. */
const mostPorts = 2000;

/** Counts of each edge. */
export class EdgeCounts {
  private readonly byEnds = new Map<Party, Map<Party, Map<string, Counts>>>();

  /**
   * Answers that come back to a client of a Service have the Service's port: where requests were seen, too, answers alone are no edge.
   */
  *[Symbol.iterator](): Generator<Counts> {
    for (const targets of this.byEnds.values()) {
      for (const ports of targets.values()) {
        const asked = new Set([...ports.values()].filter(isAsked).map(({ protocol }) => protocol));
        for (const counts of ports.values()) if (isAsked(counts) || !asked.has(counts.protocol)) yield counts;
      }
    }
  }

  /** Nothing where the pair has too many ports. */
  of(from: Party, to: Party, flow: Flow, port: number, isReply: boolean): Counts | undefined {
    const { protocol, time } = flow;
    const targets = getOrMake(this.byEnds, from, () => new Map<Party, Map<string, Counts>>());
    const ports = getOrMake(targets, to, () => new Map<string, Counts>());
    const key = protocol + port;
    if (ports.size >= mostPorts && !ports.has(key)) return undefined;
    return getOrMake(ports, key, () => ({
      from,
      to,
      protocol,
      port,
      delivered: 0,
      sent: 0,
      answers: 0,
      admitted: 0,
      denied: 0,
      audited: 0,
      first: time,
      last: time,
      lastPassed: "",
      firstDenied: "",
      example: exampleOf(flow, isReply),
    }));
  }
}

function exampleOf({ protocol, from, sourcePort, to, port }: Flow, isReply: boolean): string {
  const end = (ip: string, number: number) =>
    protocol.startsWith("ICMP") ? ip : `${ip.includes(":") ? `[${ip}]` : ip}:${number}`;
  const [source, destination] = [end(from, sourcePort), end(to, port)];
  // It may be text out of a block of the file, which would be kept whole.
  return Buffer.from(isReply ? `${destination} -> ${source}` : `${source} -> ${destination}`).toString();
}

/**
 * A packet that is forwarded may be traced where it leaves and where it arrives, on two nodes: the larger count is that of packets. That a policy
 * let a connection out does not say that it came in at the other end.
 */
export function edgeOf(counts: Counts): TrafficEdge {
  const { from, to, protocol, port, delivered, sent, answers, admitted, denied, audited, first, last } = counts;
  const { lastPassed, firstDenied, example } = counts;
  const arrived = delivered > 0 ? Math.max(delivered, sent) : answers > 0 ? Math.max(answers, sent) : 0;
  const passed = arrived > 0 ? arrived : denied > 0 ? 0 : Math.max(sent, admitted, audited);
  return {
    from,
    to,
    protocol,
    port,
    wire: port,
    flows: passed + denied,
    passed,
    denied,
    audited,
    example,
    first: `${first}Z`,
    last: `${last}Z`,
    ...(passed > 0 && firstDenied > lastPassed && { deniedSince: `${firstDenied}Z` }),
  };
}
