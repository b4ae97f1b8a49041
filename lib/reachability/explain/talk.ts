import { PROTOCOL_NUMBERS } from "../../kubernetes/ports";
import { FLOW_PROTOCOLS, type PortRange, rangesOf } from "../../scenario/port-group";
import type { Flow } from "../../scenario/scenario";
import type { Packet, Talk } from "./parties";

/** What of flows of two ends is on the wire, with all that each of them stands for. */
export function talkOf(flows: readonly Flow[], packetOf: (flow: Flow) => Packet): Talk {
  const packets = new Map<string, Packet>();
  const ranges = flows.map((flow) => ({ flow, own: rangesOf(flow) }));
  for (const { flow, own = [] } of ranges) {
    const asked = packetOf(flow);
    // What a proxy carries goes to one port, whichever is asked for.
    const isCarried = asked.port !== flow.port;
    for (const packet of isCarried || flow.standsFor === undefined ? [asked] : own.map(packetOfRange))
      packets.set(JSON.stringify(packet), packet);
  }
  const whole = new Set(
    ranges.flatMap(({ own = [] }) => own.filter(({ ports }) => ports === undefined)).map(({ proto }) => proto),
  );
  // Of a pod with a proxy TCP is told on its own.
  const isEverything = ranges.some(({ own }) => own === undefined) || whole.size === FLOW_PROTOCOLS.length;
  return { packets: isEverything ? flows.map(packetOf) : [...packets.values()], isEverything };
}

function packetOfRange({ proto, ports }: PortRange): Packet {
  const protocol = PROTOCOL_NUMBERS.get(proto.toLowerCase()) ?? 0;
  const all = proto.startsWith("ICMP") ? { port: 0 } : { port: 1, endPort: 65_535 };
  if (ports === undefined) return { protocol, ...all };
  const { first, last } = ports;
  return { protocol, port: first, ...(last > first && { endPort: last }) };
}
