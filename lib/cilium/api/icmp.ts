import { dictionary, present } from "../../common/maps";
import { type Path, type Problem, problem } from "../../common/problem";
import { PROTOCOL_NUMBERS, parsePortNumber } from "../../kubernetes/ports";
import type { IcmpRule } from "./policy";

/** Names of ICMP types that a rule may use (`pkg/policy/api/icmp.go`). */
const TYPES_V4 = dictionary<number>({
  EchoReply: 0,
  DestinationUnreachable: 3,
  Redirect: 5,
  Echo: 8,
  EchoRequest: 8,
  RouterAdvertisement: 9,
  RouterSelection: 10,
  TimeExceeded: 11,
  ParameterProblem: 12,
  Timestamp: 13,
  TimestampReply: 14,
  Photuris: 40,
  ExtendedEchoRequest: 42,
  ExtendedEchoReply: 43,
});

const TYPES_V6 = dictionary<number>({
  DestinationUnreachable: 1,
  PacketTooBig: 2,
  TimeExceeded: 3,
  ParameterProblem: 4,
  EchoRequest: 128,
  EchoReply: 129,
  MulticastListenerQuery: 130,
  MulticastListenerReport: 131,
  MulticastListenerDone: 132,
  RouterSolicitation: 133,
  RouterAdvertisement: 134,
  NeighborSolicitation: 135,
  NeighborAdvertisement: 136,
  RedirectMessage: 137,
  RouterRenumbering: 138,
  ICMPNodeInformationQuery: 139,
  ICMPNodeInformationResponse: 140,
  InverseNeighborDiscoverySolicitation: 141,
  InverseNeighborDiscoveryAdvertisement: 142,
  HomeAgentAddressDiscoveryRequest: 144,
  HomeAgentAddressDiscoveryReply: 145,
  MobilePrefixSolicitation: 146,
  MobilePrefixAdvertisement: 147,
  DuplicateAddressRequestCodeSuffix: 157,
  DuplicateAddressConfirmationCodeSuffix: 158,
  ExtendedEchoRequest: 160,
  ExtendedEchoReply: 161,
});

/**
 * The number of an ICMP type that is given by number or name; undefined if Cilium refuses it. Cilium stores the type in place of the port, so that
 * a number that is not a port number becomes 0, which stands for every type.
 */
export function icmpType(family: string | undefined, type: number | string): number | undefined {
  const text = String(type);
  const types = family === "IPv6" ? TYPES_V6 : TYPES_V4;
  if (Object.hasOwn(types, text)) return types[text];
  const isNumber = /^[-+]?[0-9]+$/.test(text) && (text === "0" || Number(text) !== 0);
  return isNumber ? (parsePortNumber(text) ?? 0) : undefined;
}

export function icmpProtocol(family: string | undefined): number {
  const name = family === "IPv6" ? "icmpv6" : "icmp";
  return present(PROTOCOL_NUMBERS.get(name), `the number of protocol ${name}`);
}

const MAX_FIELDS = 40;

/** Why Cilium refuses the `icmps` of an item (`ICMPRule.verify`, `ICMPField.UnmarshalJSON`). */
export function icmpProblems(item: { icmps?: IcmpRule[]; toPorts?: unknown[] }, at: Path): Problem[] {
  const problems: Problem[] = [];
  if ((item.icmps ?? []).length > 0 && (item.toPorts ?? []).length > 0) {
    problems.push(problem("invalid-icmp", at, "icmps and toPorts cannot be in one rule; write a rule for each"));
  }
  for (const [index, rule] of (item.icmps ?? []).entries()) {
    const fields = rule?.fields ?? [];
    if (fields.length > MAX_FIELDS)
      problems.push(
        problem("invalid-icmp", [...at, "icmps", index, "fields"], `${fields.length} types, the most is ${MAX_FIELDS}`),
      );
    for (const [number, field] of fields.entries()) {
      const where = [...at, "icmps", index, "fields", number];
      if (field?.family && field.family !== "IPv4" && field.family !== "IPv6") {
        problems.push(problem("invalid-icmp", [...where, "family"], `"${field.family}" is neither IPv4 nor IPv6`));
      }
      if (field?.type === undefined || field.type === null)
        problems.push(problem("invalid-icmp", [...where, "type"], "must be given"));
      else if (icmpType(field.family, field.type) === undefined) {
        problems.push(
          problem(
            "invalid-icmp",
            [...where, "type"],
            `"${field.type}" is not an ICMP type of ${field.family ?? "IPv4"}`,
          ),
        );
      }
    }
  }
  return problems;
}
