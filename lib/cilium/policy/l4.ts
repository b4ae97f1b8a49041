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

/** One protocol with one port, one range, one name or all ports: what Cilium calls an L4 filter. */
export interface L4 {
  /** A protocol number; {@link EVERY_PROTOCOL} of a rule without ports. */
  protocol: number;
  /** First port; 0 is any port, or unknown yet where `name` is given. For ICMP the type. */
  port: number;
  /**
   * Last port of a range; at most `port`: a single port. After a named port it counts on ingress only, from the number that the subject gives
   * the name (`toMapState`), although the documentation says that it is ignored.
   */
  endPort: number;
  /** A named port, lower-cased. */
  name?: string | undefined;
  /** What Cilium's proxy is to enforce; absent in most rules. */
  l7?: L7Policy | undefined;
}

/** Everything, ICMP included. */
const EVERYTHING: L4 = { protocol: EVERY_PROTOCOL, port: 0, endPort: 0 };

/**
 * The ports of one rule. Neither `toPorts` nor `icmps`: everything. Given but empty, or with items that hold no port: nothing
 * (`mergeL4Filter` visits no port).
 */
export function ruleL4(item: { toPorts?: PortRule[]; icmps?: IcmpRule[] }, deny: boolean): L4[] {
  const toPorts = item.toPorts ?? [];
  const icmps = item.icmps ?? [];
  if (toPorts.length + icmps.length === 0) return [EVERYTHING];
  return [...toPorts.flatMap((rule) => portRuleL4(rule ?? {}, deny)), ...icmps.flatMap(icmpL4)];
}

/** Whether a rule says anything about ports, which decides what a missing peer means. */
export function namesPorts(item: { toPorts?: PortRule[]; icmps?: IcmpRule[] }): boolean {
  return (item.toPorts ?? []).length + (item.icmps ?? []).length > 0;
}

function portRuleL4(rule: PortRule, deny: boolean): L4[] {
  return (rule.ports ?? []).flatMap((port) => portL4(port ?? {}, deny ? undefined : rule));
}

function portL4({ port = "", endPort, protocol }: PortProtocol, rule: PortRule | undefined): L4[] {
  // What cannot be read is refused before it comes here. Read as 0 it would open every port.
  const canonical = present(parseRuleProtocol(protocol), `the protocol "${protocol}"`);
  const name = isPortName(port) ? port.toLowerCase() : undefined;
  // Protocols without ports need none.
  const number = name === undefined ? present(parsePortNumber(port || "0"), `the number of port "${port}"`) : 0;
  return ruleProtocolNumbers(canonical).map((protocolNumber) => ({
    protocol: protocolNumber,
    port: number,
    // After port 0, which is any port already, a range is ignored.
    endPort: name !== undefined || number > 0 ? (endPort ?? 0) & 0xffff : 0,
    name,
    l7: rule === undefined ? undefined : l7Policy(rule, protocolNumber),
  }));
}

/** The ICMP type stands where other protocols have the port, so type 0 (EchoReply) admits every type. */
function icmpL4(rule: IcmpRule): L4[] {
  return (rule?.fields ?? []).map(({ family, type }) => ({
    protocol: icmpProtocol(family),
    port: present(icmpType(family, type), `the ICMP type "${type}"`),
    endPort: 0,
  }));
}
