import { PROTOCOL_NUMBERS } from "./ports";

/** Names of ICMP types that a rule may use (`pkg/policy/api/icmp.go`). */
const TYPES_V4: Readonly<Record<string, number>> = {
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
};

const TYPES_V6: Readonly<Record<string, number>> = {
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
};

/** The number of an ICMP type given by number or name, or undefined where Cilium refuses it. */
export function icmpType(family: string | undefined, type: number | string): number | undefined {
  const named = (family === "IPv6" ? TYPES_V6 : TYPES_V4)[String(type)];
  if (named !== undefined) return named;
  const text = String(type);
  return /^[0-9]+$/.test(text) && Number(text) <= 0xffff ? Number(text) : undefined;
}

export function icmpProtocol(family: string | undefined): number {
  return PROTOCOL_NUMBERS.get(family === "IPv6" ? "icmpv6" : "icmp") ?? 0;
}
