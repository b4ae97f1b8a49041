import {
  encodeMessage,
  encodeNumber,
  type Fields,
  fieldsOf,
  messageIn,
  messagesIn,
  numberIn,
  textIn,
  textsIn,
} from "../../common/protobuf";
import type { FlowJson } from "../hubble/flow";
import type { HubbleEvent } from "../hubble/lines";
import { dropReasons, lossSources, nameOf, nodeStates, tracePoints, traceReasons, verdicts } from "../hubble/spelling";
import type { HubbleEndpoint } from "../party";

// Field numbers of Hubble's API (Cilium 1.20: api/v1/observer, api/v1/flow and api/v1/relay).

/** Encodes a `GetFlowsRequest` for new flows until a time. */
export function getFlowsRequest(since: Date, until: Date): Buffer {
  return Buffer.concat([encodeNumber(3, 1), encodeMessage(7, timestamp(since)), encodeMessage(8, timestamp(until))]);
}

/** Decodes a `GetFlowsResponse` to the shape of its JSON. */
export function getFlowsResponse(bytes: Buffer): HubbleEvent {
  const fields = fieldsOf(bytes);
  const [flow, status, lost] = [1, 2, 3].map((number) => messageIn(fields, number));
  if (flow !== undefined) return { flow: flowIn(flow) };
  if (lost !== undefined) {
    const source = nameOf(lossSources, numberIn(lost, 1));
    const [first, last] = [timeIn(lost, 4), timeIn(lost, 5)];
    return {
      lost_events: { source, num_events_lost: numberIn(lost, 2), ...(first && { first }), ...(last && { last }) },
    };
  }
  if (status === undefined) return {};
  return { node_status: { state_change: nameOf(nodeStates, numberIn(status, 1)), node_names: textsIn(status, 2) } };
}

const protocols = ["", "TCP", "UDP", "ICMPv4", "ICMPv6", "SCTP"];
function flowIn(flow: Fields): FlowJson {
  const time = timeIn(flow, 1);
  const reason = numberIn(flow, 25);
  const ip = messageIn(flow, 5);
  const l4 = messageIn(flow, 6);
  const reply = messageIn(flow, 26);
  const event = messageIn(flow, 19);
  const l7 = messageIn(flow, 15);
  const dns = l7 && messageIn(l7, 100);
  const [source, destination] = [messageIn(flow, 8), messageIn(flow, 9)];
  return {
    ...(time !== undefined && { time }),
    uuid: textIn(flow, 34),
    verdict: nameOf(verdicts, numberIn(flow, 2)),
    ...(reason > 0 && { drop_reason_desc: nameOf(dropReasons, reason, "reason ") }),
    ...(ip && { IP: { source: textIn(ip, 1), destination: textIn(ip, 2) } }),
    ...(l4 && { l4: layer4In(l4) }),
    ...(source && { source: endpointIn(source) }),
    ...(destination && { destination: endpointIn(destination) }),
    Type: numberIn(flow, 10) === 2 ? "L7" : "L3_L4",
    ...(event && { event_type: { type: numberIn(event, 1) } }),
    trace_observation_point: nameOf(tracePoints, numberIn(flow, 24)),
    trace_reason: nameOf(traceReasons, numberIn(flow, 36)),
    ...(reply && { is_reply: numberIn(reply, 1) === 1 }),
    source_names: textsIn(flow, 13),
    destination_names: textsIn(flow, 14),
    ...(l7 && {
      l7: {
        type: numberIn(l7, 1) === 2 ? "RESPONSE" : "REQUEST",
        ...(dns && { dns: { query: textIn(dns, 1), ips: textsIn(dns, 2) } }),
      },
    }),
  };
}

function layer4In(l4: Fields): NonNullable<FlowJson["l4"]> {
  const [number] = [...l4.keys()];
  const message = number === undefined ? undefined : messageIn(l4, number);
  const protocol = number === undefined ? undefined : protocols[number];
  if (message === undefined || protocol === undefined) return {};
  if (protocol.startsWith("ICMP")) return { [protocol]: { type: numberIn(message, 1) } };
  const flags = messageIn(message, 3);
  return {
    [protocol]: {
      source_port: numberIn(message, 1),
      destination_port: numberIn(message, 2),
      ...(flags && { flags: { SYN: numberIn(flags, 2) === 1, ACK: numberIn(flags, 5) === 1 } }),
    },
  };
}

function endpointIn(endpoint: Fields): HubbleEndpoint {
  return {
    identity: numberIn(endpoint, 2),
    namespace: textIn(endpoint, 3),
    labels: textsIn(endpoint, 4),
    pod_name: textIn(endpoint, 5),
    workloads: messagesIn(endpoint, 6).map((one) => ({ name: textIn(one, 1), kind: textIn(one, 2) })),
    cluster_name: textIn(endpoint, 7),
  };
}

function timeIn(fields: Fields, number: number): string | undefined {
  const time = messageIn(fields, number);
  if (time === undefined) return undefined;
  const nanos = String(numberIn(time, 2)).padStart(9, "0");
  return new Date(numberIn(time, 1) * 1000).toISOString().replace(/\.\d+Z$/, `.${nanos}Z`);
}

const timestamp = (date: Date) => encodeNumber(1, Math.floor(date.getTime() / 1000));
