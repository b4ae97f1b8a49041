import { getOrMake } from "../../common/maps";
import type { Party } from "../party";
import type { TrafficEdge } from "../traffic";
import type { Flow } from "./flow";

/** The sums over the lines of one edge. */
export interface Counts {
  from: Party;
  to: Party;
  protocol: string;
  port: number;
  /** Traces at a packet's source (`FROM_ENDPOINT`), before anything was decided. */
  setOut: number;
  delivered: number;
  sent: number;
  answers: number;
  admitted: number;
  denied: number;
  audited: number;
  first: string;
  last: string;
  /** When a packet last passed. Empty: never. */
  lastPassed: string;
  /** One of its flows. */
  example: string;
  /** When a packet was first denied. Empty: never. */
  firstDenied: string;
}

const hasRequests = ({ setOut, delivered, sent, admitted, denied, audited }: Counts) =>
  setOut + delivered + sent + admitted + denied + audited > 0;

/** More ports of a pair than this are a port scan: they are counted, but not told apart. */
const maxPorts = 2000;

/** Counts of each edge. */
export class EdgeCounts {
  private readonly byEnds = new Map<Party, Map<Party, Map<string, Counts>>>();

  /**
   * Replies to a client of a Service come from the Service's port. So a port with replies only is not an edge if requests were seen on other ports.
   */
  *[Symbol.iterator](): Generator<Counts> {
    for (const targets of this.byEnds.values()) {
      for (const ports of targets.values()) {
        const asked = new Set([...ports.values()].filter(hasRequests).map(({ protocol }) => protocol));
        for (const counts of ports.values()) if (hasRequests(counts) || !asked.has(counts.protocol)) yield counts;
      }
    }
  }

  /** Moves counts to other parties once their owners are known. */
  reassign(partyOf: (party: Party, counts: Counts) => Party): void {
    for (const targets of [...this.byEnds.values()]) {
      for (const ports of [...targets.values()]) {
        for (const [key, counts] of [...ports]) {
          const [from, to] = [partyOf(counts.from, counts), partyOf(counts.to, counts)];
          if (from === counts.from && to === counts.to) continue;
          ports.delete(key);
          const own = getOrMake(
            getOrMake(this.byEnds, from, () => new Map<Party, Map<string, Counts>>()),
            to,
            () => new Map<string, Counts>(),
          );
          const known = own.get(key);
          own.set(key, known === undefined ? { ...counts, from, to } : sumOf(known, counts));
        }
      }
    }
  }

  /** The counts of one edge, created if necessary; undefined if the pair has too many ports. */
  of(from: Party, to: Party, flow: Flow, port: number, isReply: boolean): Counts | undefined {
    const { protocol, time } = flow;
    const targets = getOrMake(this.byEnds, from, () => new Map<Party, Map<string, Counts>>());
    const ports = getOrMake(targets, to, () => new Map<string, Counts>());
    const key = protocol + port;
    if (ports.size >= maxPorts && !ports.has(key)) return undefined;
    return getOrMake(ports, key, () => ({
      from,
      to,
      protocol,
      port,
      setOut: 0,
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

/** @param a The counts whose ends and example are kept. */
function sumOf(a: Counts, b: Counts): Counts {
  const inOrder = (...times: string[]) => times.filter((time) => time !== "").sort();
  return {
    ...a,
    setOut: a.setOut + b.setOut,
    delivered: a.delivered + b.delivered,
    sent: a.sent + b.sent,
    answers: a.answers + b.answers,
    admitted: a.admitted + b.admitted,
    denied: a.denied + b.denied,
    audited: a.audited + b.audited,
    first: inOrder(a.first, b.first)[0] ?? "",
    last: inOrder(a.last, b.last).at(-1) ?? "",
    lastPassed: inOrder(a.lastPassed, b.lastPassed).at(-1) ?? "",
    firstDenied: inOrder(a.firstDenied, b.firstDenied)[0] ?? "",
  };
}

function exampleOf({ protocol, from, sourcePort, to, port }: Flow, isReply: boolean): string {
  const end = (ip: string, number: number) =>
    protocol.startsWith("ICMP") ? ip : `${ip.includes(":") ? `[${ip}]` : ip}:${number}`;
  const [source, destination] = [end(from, sourcePort), end(to, port)];
  // Copied: a substring would keep its whole block of the file alive.
  return Buffer.from(isReply ? `${destination} → ${source}` : `${source} → ${destination}`).toString();
}

/**
 * The edge of some counts. A forwarded packet may be traced twice, when it leaves a node and when it arrives at another, so the larger count is the
 * number of packets. A policy that allows a connection at the client does not prove that the server's end admitted it.
 */
export function edgeOf(counts: Counts): TrafficEdge {
  const { from, to, protocol, port, delivered, sent, answers, admitted, denied, audited, first, last } = counts;
  const { setOut, lastPassed, firstDenied, example } = counts;
  const arrived = delivered > 0 ? Math.max(delivered, sent) : answers > 0 ? Math.max(answers, sent) : 0;
  const passed = arrived > 0 ? arrived : denied > 0 ? 0 : Math.max(sent, admitted, audited) || setOut;
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
