import { present } from "../../common/maps";
import {
  EVERY_PROTOCOL,
  isPortName,
  parsePortNumber,
  parseRuleProtocol,
  ruleProtocolNumbers,
} from "../../kubernetes/ports";
import { icmpProtocol, icmpType } from "../api/icmp";
import type { IcmpRule, PortProtocol, PortRule } from "../api/policy";
import { type L7Policy, l7Policy } from "./l7";

/** A protocol with one port, a range, a named port or all ports: an L4 filter, in Cilium's terms. */
export interface L4 {
  /** The protocol's number; {@link EVERY_PROTOCOL} for a rule without ports. */
  protocol: number;
  /** The first port. 0 is any port, or not resolved yet if `name` is given. For ICMP, the type. */
  port: number;
  /**
   * The last port of a range; a single port if it is not above `port`. With a named port it counts only on ingress, where the range starts at the
   * number that the subject gives the name (`toMapState`), although the documentation says that it is ignored.
   */
  endPort: number;
  /** A named port, lower-cased. */
  name?: string | undefined;
  /** What Cilium's proxy enforces. Most rules have none. */
  l7?: L7Policy | undefined;
}

/** Everything, ICMP included. */
const EVERYTHING: L4 = { protocol: EVERY_PROTOCOL, port: 0, endPort: 0 };

/**
 * The ports of one rule. Without `toPorts` and `icmps` it is everything. Given but empty, or with items that have no port, it is nothing, because
 * `mergeL4Filter` then visits no port.
 */
export function ruleL4(item: { toPorts?: PortRule[]; icmps?: IcmpRule[] }, deny: boolean): L4[] {
  const toPorts = item.toPorts ?? [];
  const icmps = item.icmps ?? [];
  if (toPorts.length + icmps.length === 0) return [EVERYTHING];
  return [...toPorts.flatMap((rule) => portRuleL4(rule ?? {}, deny)), ...icmps.flatMap(icmpL4)];
}

/** Whether a rule names ports, which decides what an absent peer means. */
export function namesPorts(item: { toPorts?: PortRule[]; icmps?: IcmpRule[] }): boolean {
  return (item.toPorts ?? []).length + (item.icmps ?? []).length > 0;
}

function portRuleL4(rule: PortRule, deny: boolean): L4[] {
  return (rule.ports ?? []).flatMap((port) => portL4(port ?? {}, deny ? undefined : rule));
}

function portL4({ port = "", endPort, protocol }: PortProtocol, rule: PortRule | undefined): L4[] {
  // Unreadable values are refused earlier. Reading one as 0 would open every port.
  const canonical = present(parseRuleProtocol(protocol), `the protocol "${protocol}"`);
  const name = isPortName(port) ? port.toLowerCase() : undefined;
  // Protocols without ports need none.
  const number = name === undefined ? present(parsePortNumber(port || "0"), `the number of port "${port}"`) : 0;
  return ruleProtocolNumbers(canonical).map((protocolNumber) => ({
    protocol: protocolNumber,
    port: number,
    // A range is ignored if it starts at port 0, which means any port.
    endPort: name !== undefined || number > 0 ? (endPort ?? 0) & 0xffff : 0,
    name,
    l7: rule === undefined ? undefined : l7Policy(rule, protocolNumber),
  }));
}

/** Cilium stores the ICMP type in place of the port, so type 0 (EchoReply) admits every type. */
function icmpL4(rule: IcmpRule): L4[] {
  return (rule?.fields ?? []).map(({ family, type }) => ({
    protocol: icmpProtocol(family),
    port: present(icmpType(family, type), `the ICMP type "${type}"`),
    endPort: 0,
  }));
}
