import { PROTOCOL_NUMBERS } from "../../kubernetes/ports";
import { FLOW_PROTOCOLS, type PortRange, rangesOf } from "../../scenario/port-group";
import type { Flow } from "../../scenario/scenario";
import type { Packet, Talk } from "./parties";

/** The packets of flows between two ends, including all ports that each flow stands for. */
export function talkOf(flows: readonly Flow[], packetOf: (flow: Flow) => Packet): Talk {
  const packets = new Map<string, Packet>();
  const ranges = flows.map((flow) => ({ flow, own: rangesOf(flow) }));
  for (const { flow, own = [] } of ranges) {
    const asked = packetOf(flow);
    // A proxy carries every port to one and the same port.
    const isCarried = asked.port !== flow.port;
    for (const packet of isCarried || flow.standsFor === undefined ? [asked] : own.map(packetOfRange))
      packets.set(JSON.stringify(packet), packet);
  }
  const whole = new Set(
    ranges.flatMap(({ own = [] }) => own.filter(({ ports }) => ports === undefined)).map(({ proto }) => proto),
  );
  // For a pod with a proxy, one flow stands for TCP and another for the other protocols.
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
