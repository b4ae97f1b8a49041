import { icmpType } from "../../cilium/api/icmp";
import { peerLists } from "../../cilium/api/peer-lists";
import type { IcmpRule, IngressRule, PortRule } from "../../cilium/api/policy";
import { isPortName, parsePortNumber } from "../../kubernetes/ports";
import type { FlowProtocol } from "../../scenario/port-group";
import type { NamedPort } from "../../scenario/scenario";

/** A range of ports that a rule names. */
export interface PortRange {
  first: number;
  last: number;
  protocol: FlowProtocol;
}

/** The port numbers in a rule. Port names are left out, because containers define them, and so is port 0, which is every port. */
export interface RulePorts {
  /** Single ports, and types of ICMP. */
  single: NamedPort[];
  ranges: PortRange[];
}

/** The ports of a rule as Cilium reads them. Protocol `ANY` is taken for TCP, the most likely one. */
export function rulePorts({ toPorts = [], icmps = [] }: { toPorts?: PortRule[]; icmps?: IcmpRule[] }): RulePorts {
  const found: RulePorts = { single: icmps.flatMap(icmpPorts), ranges: [] };
  for (const { port = "", endPort = 0, protocol } of toPorts.flatMap(({ ports }) => ports ?? [])) {
    const number = isPortName(port) ? undefined : parsePortNumber(port);
    const transport = transportOf(protocol);
    if (number === undefined || number === 0 || transport === undefined) continue;
    if (endPort > number) found.ranges.push({ first: number, last: endPort, protocol: transport });
    else found.single.push({ port: number, protocol: transport });
  }
  return found;
}

function transportOf(protocol: string | undefined): FlowProtocol | undefined {
  const upper = protocol?.toUpperCase() ?? "";
  if (upper === "" || upper === "ANY") return "TCP";
  return upper === "TCP" || upper === "UDP" || upper === "SCTP" ? upper : undefined;
}

/** To Cilium, type 0 is every type. A ping represents it. */
function icmpPorts({ fields }: IcmpRule): NamedPort[] {
  return (fields ?? []).flatMap(({ family, type }): NamedPort[] => {
    const number = icmpType(family, type);
    const protocol: FlowProtocol = family === "IPv6" ? "ICMPv6" : "ICMP";
    if (number === undefined) return [];
    return number > 0
      ? [{ port: number, protocol }]
      : [{ port: protocol === "ICMP" ? 8 : 128, protocol, standsFor: { protocols: [protocol], ports: "all" } }];
  });
}

/** The port that represents a range: its first one that is not already taken. */
export function exampleOf({ first, last, protocol }: PortRange, taken: readonly NamedPort[]): NamedPort {
  const known = new Set(taken.filter((other) => (other.protocol ?? "TCP") === protocol).map(({ port }) => port));
  let port = first;
  while (port < last && known.has(port)) port++;
  return { port, protocol, standsFor: { protocols: [protocol], ports: [{ first, last }] } };
}

/** Whether an ingress rule admits anyone on every port. A rule without peers and ports admits no one. */
export function opensEveryPort(item: IngressRule): boolean {
  const { toPorts = [], icmps = [] } = item;
  if (toPorts.some(({ ports }) => ports?.some(({ port = "" }) => parsePortNumber(port) === 0))) return true;
  if (toPorts.length + icmps.length > 0) return false;
  const { entities = [], ...others } = peerLists(item, "ingress");
  return entities.some((entity) => entity !== "none") || Object.values(others).some((peers) => peers.length > 0);
}
