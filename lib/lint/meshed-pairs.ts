import type { PortProtocol } from "../cilium/api/policy";
import { PROTOCOL_NUMBERS, parseRuleProtocol, ruleProtocolNumbers } from "../kubernetes/ports";
import type { KnownEndpoint, LintContext, PlacedItem } from "./context";

export const isMeshed = ({ facts }: KnownEndpoint) => facts.mesh?.injected === true;

export interface MeshedPair {
  client: KnownEndpoint;
  server: KnownEndpoint;
}

/** The pairs of different meshed pods that an item matches, as client and server. */
export function* meshedPairs(context: LintContext, item: PlacedItem): Iterable<MeshedPair> {
  const peers = context.peersOf(item).filter(isMeshed);
  for (const subject of item.of.subjects.filter(isMeshed))
    for (const peer of peers)
      if (peer !== subject)
        yield item.direction === "ingress" ? { client: peer, server: subject } : { client: subject, server: peer };
}

export const tcp = PROTOCOL_NUMBERS.get("tcp") ?? -1;

export const isTcp = ({ protocol }: PortProtocol) =>
  ruleProtocolNumbers(parseRuleProtocol(protocol) ?? "").includes(tcp);
