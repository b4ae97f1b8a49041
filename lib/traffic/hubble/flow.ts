import type { HubbleEndpoint } from "../party";
import { dropReasons, flowTypes, nameOf, requestTypes, tracePoints, traceReasons, verdicts } from "./spelling";

/** The members of a Hubble flow that are used. */
export interface Flow {
  /** RFC 3339 without the Z, so that text sorts by time. */
  time: string;
  /** Identifies the event. Empty in old versions of Hubble. */
  uuid: string;
  verdict: string;
  /** Hubble's event type: 1 a drop, 4 a trace, 5 a policy verdict, 129 an L7 record. */
  event: number;
  /** Observation point of a trace: `TO_ENDPOINT`, `TO_STACK` … */
  point: string;
  /** Whether it is a reply. Absent where Hubble does not know. */
  reply?: boolean;
  /** The reason of a drop. Empty if it is not a drop. */
  reason: string;
  /** TCP, UDP, SCTP, ICMPv4, ICMPv6. */
  protocol: string;
  sourcePort: number;
  /** Destination port; for ICMP, the type. */
  port: number;
  /** Whether SYN and ACK are set: the first packet of a reply. */
  synAck: boolean;
  syn: boolean;
  from: string;
  to: string;
  /** Both addresses as one string, if it exists already. */
  pair?: string;
  /** Whether it is an error about another connection. */
  related: boolean;
  /** Both ends, parsed or as in the line: `"source":{…},"destination":{…},`. Equal text means equal ends. */
  ends: string | { source: HubbleEndpoint; destination: HubbleEndpoint };
  /** DNS names of the source address, and of the destination address. */
  sourceNames?: readonly string[];
  destinationNames?: readonly string[];
  /** A DNS response: the queried name and its addresses. */
  dns?: { name: string; ips: readonly string[] };
}

/**
 * A fast path for lines of `hubble observe -o jsonpb` and of the exporter in their usual form. Of two thousand bytes it reads a few, and it
 * compares the ends, which are most of the line, as text.
 *
 * @param known The text of the ends last seen between two addresses, which is not searched again.
 * @returns undefined where anything is unusual, so that the whole line must be parsed
 */
export function quickFlow(line: string, known: KnownEnds = nothingKnown): Flow | undefined {
  if (!line.startsWith(START)) return undefined;
  const time = textAt(line, START.length);
  if (!endsWithTime(line, time)) return undefined;
  const identified = START.length + time.length;
  const uuid = line.startsWith(UUID, identified) ? textAt(line, identified + UUID.length) : "";
  const verdict = after(line, '"verdict":"', identified);
  if (verdict < 0) return undefined;
  const addresses = after(line, '"IP":{"source":"', verdict);
  if (addresses < 0) return undefined;
  const from = textAt(line, addresses);
  // `source_xlated`, the Service's address, may stand in between.
  const second = after(line, DESTINATION, addresses + from.length);
  if (second < 0 || second - addresses > 150) return undefined;
  const to = textAt(line, second);
  const layer4 = after(line, '"l4":{"', second);
  if (layer4 < 0 || layer4 - second > 200) return undefined;
  const protocol = textAt(line, layer4);
  const ends = line.indexOf('"source":{', layer4);
  if (ends < 0) return undefined;
  const ports = protocol.startsWith("ICMP") ? typeAt(line, layer4, ends) : portsAt(line, layer4, ends);
  if (ports === undefined) return undefined;
  const before = known(from, to);
  // Comparing whole strings compares memory; `startsWith` goes character by character.
  const same =
    before !== undefined &&
    line.startsWith(TYPE, ends + before.length) &&
    line.slice(ends, ends + before.length) === before;
  const type = same ? ends + before.length + TYPE.length : after(line, TYPE, ends);
  if (type < 0 || !line.startsWith("L3_L4", type)) return undefined;
  const event = after(line, '"event_type":{"type":', type);
  if (event < 0) return undefined;
  const names = line.indexOf(NAMES, type) < 0 ? noNames : namesIn(line, type);
  if (names === undefined) return undefined;
  if (!isDigit(line, event)) return undefined;
  const reply = after(line, '"is_reply":', event);
  const flags = line.slice(layer4, ends);
  const synAt = flags.indexOf('"SYN":true');
  return {
    time: withoutZone(time),
    uuid,
    verdict: textAt(line, verdict),
    event: numberAt(line, event),
    point: memberOf(line, '"trace_observation_point":"', event),
    ...(reply >= 0 && { reply: line.startsWith("true", reply) }),
    reason: memberOf(line, '"drop_reason_desc":"', event),
    protocol,
    ...ports,
    syn: synAt >= 0,
    synAck: synAt >= 0 && flags.includes('"ACK":true'),
    from,
    to,
    related: memberOf(line, '"trace_reason":"', event) === "RELATED",
    ends: same ? before : line.slice(ends, type - TYPE.length),
    ...names,
  };
}

type Ports = Pick<Flow, "sourcePort" | "port">;

function portsAt(line: string, at: number, end: number): Ports | undefined {
  const source = after(line, '"source_port":', at);
  const destination = after(line, '"destination_port":', at);
  if (source < 0 || destination < 0 || source > end || destination > end) return undefined;
  if (!isDigit(line, source) || !isDigit(line, destination)) return undefined;
  return { sourcePort: numberAt(line, source), port: numberAt(line, destination) };
}

/** The type of an ICMP packet, which is absent where it is 0. */
function typeAt(line: string, at: number, end: number): Ports | undefined {
  const type = after(line, '"type":', at);
  if (type < 0 || type > end)
    return line.startsWith('":{', line.indexOf('"', at)) ? { sourcePort: 0, port: 0 } : undefined;
  return isDigit(line, type) ? { sourcePort: 0, port: numberAt(line, type) } : undefined;
}

/** The text of both ends in the last flow between two addresses. */
export type KnownEnds = (from: string, to: string) => string | undefined;
const nothingKnown: KnownEnds = () => undefined;

const TYPE = '"Type":"';
const TIME = '"time":"';
export const UUID = '","uuid":"';
export const START = '{"flow":{"time":"';
const DESTINATION = '","destination":"';
const NAMES = '_names":[';

type Names = Pick<Flow, "sourceNames" | "destinationNames">;
const noNames: Names = {};

/** The DNS names of both addresses. Undefined where one of them needs a parser. */
function namesIn(line: string, at: number): Names | undefined {
  const sourceNames = listAt(line, after(line, '"source_names":[', at));
  const destinationNames = listAt(line, after(line, '"destination_names":[', at));
  if (sourceNames === null || destinationNames === null) return undefined;
  return { ...(sourceNames && { sourceNames }), ...(destinationNames && { destinationNames }) };
}

/** The plain strings of a list; null if one of them is escaped, undefined if it is not a list. */
function listAt(line: string, at: number): string[] | undefined | null {
  if (at < 0) return undefined;
  const list = line.slice(at, line.indexOf("]", at));
  return /^"[\w.*-]+"(,"[\w.*-]+")*$/.test(list) ? list.slice(1, -1).split('","') : null;
}

/** Whether a line is complete: its end repeats the time, so a line that was cut off, or two in one, do not end so. */
function endsWithTime(line: string, time: string): boolean {
  const at = line.length - time.length - 2;
  return (
    line.startsWith(time, at) && line.startsWith('"}', at + time.length) && line.startsWith(TIME, at - TIME.length)
  );
}

/** The index behind a piece of text, or -1. */
function after(line: string, piece: string, at: number): number {
  const found = line.indexOf(piece, at);
  return found < 0 ? -1 : found + piece.length;
}

const textAt = (line: string, at: number): string => line.slice(at, line.indexOf('"', at));

function memberOf(line: string, piece: string, at: number): string {
  const found = after(line, piece, at);
  return found < 0 ? "" : textAt(line, found);
}

const isDigit = (line: string, at: number): boolean => line.charCodeAt(at) >= 48 && line.charCodeAt(at) <= 57;

function numberAt(line: string, at: number): number {
  let value = 0;
  for (let place = at; place < line.length; place++) {
    const digit = line.charCodeAt(place) - 48;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  return value;
}

/** A copy of latin1 text, because a substring keeps the whole text alive. */
export const flat = (text: string): string => Buffer.from(text, "latin1").toString("latin1");

/** RFC 3339 without the Z, so that text sorts by time. */
export const withoutZone = (time: string): string =>
  time.endsWith("Z") ? time.slice(0, -1) : new Date(time).toISOString().slice(0, -1);

/** A flow in JSON, of any version of Hubble. Enums may be numbers, and numbers text. */
export interface FlowJson {
  time?: string;
  uuid?: string;
  verdict?: string | number;
  drop_reason?: number;
  drop_reason_desc?: string | number;
  IP?: { source?: string; destination?: string };
  l4?: {
    [protocol: string]: {
      source_port?: number | string;
      destination_port?: number | string;
      type?: number | string;
      flags?: { [flag: string]: boolean };
    };
  } | null;
  source?: HubbleEndpoint | null;
  destination?: HubbleEndpoint | null;
  Type?: string | number;
  event_type?: { type?: number | string } | null;
  trace_observation_point?: string | number;
  trace_reason?: string | number;
  is_reply?: boolean | null;
  reply?: boolean;
  source_names?: string[];
  destination_names?: string[];
  l7?: { type?: string | number; dns?: { query?: string; ips?: string[] } } | null;
}

/** The flow in parsed JSON. Undefined where it has no addresses and ports. */
export function flowOf(flow: FlowJson): Flow | undefined {
  const [protocol, l4] = Object.entries(flow.l4 ?? {})[0] ?? [];
  if (typeof flow.time !== "string" || protocol === undefined || l4 === undefined) return undefined;
  const icmp = protocol.startsWith("ICMP");
  const isResponse = nameOf(requestTypes, flow.l7?.type) === "RESPONSE";
  const reply = flow.is_reply ?? (flow.reply === true || isResponse ? true : undefined);
  const query = flow.l7?.dns?.query;
  const isRequest = nameOf(flowTypes, flow.Type) === "L7";
  return {
    time: withoutZone(flow.time),
    uuid: flow.uuid ?? "",
    verdict: nameOf(verdicts, flow.verdict),
    event: Number(flow.event_type?.type ?? (isRequest ? 129 : 0)),
    point: nameOf(tracePoints, flow.trace_observation_point),
    ...(typeof reply === "boolean" && { reply }),
    // Hubble had the number before it had the name.
    reason: nameOf(dropReasons, flow.drop_reason_desc ?? (flow.drop_reason || undefined), "reason "),
    protocol,
    sourcePort: Number(l4.source_port ?? 0),
    port: Number((icmp ? l4.type : l4.destination_port) ?? 0),
    syn: l4.flags?.SYN === true,
    synAck: l4.flags?.SYN === true && l4.flags.ACK === true,
    from: flow.IP?.source ?? "",
    to: flow.IP?.destination ?? "",
    related: nameOf(traceReasons, flow.trace_reason) === "RELATED",
    ends: { source: flow.source ?? {}, destination: flow.destination ?? {} },
    ...(flow.source_names !== undefined && { sourceNames: flow.source_names }),
    ...(flow.destination_names !== undefined && { destinationNames: flow.destination_names }),
    ...(query !== undefined && { dns: { name: query.replace(/\.$/, ""), ips: flow.l7?.dns?.ips ?? [] } }),
  };
}
