import {
  encodeNumber,
  encodeText,
  type Fields,
  fieldsOf,
  fixedIn,
  messageIn,
  messagesIn,
  numberIn,
  textIn,
  textMapIn,
  textsIn,
} from "../../common/protobuf";
import { formatPrefix, parsePrefix } from "../../kubernetes/cidr";
import type { Network } from "../api/network";
import type { ProxyProtocol } from "../api/server";
import type { Authentication, AuthorizationRef } from "./authorization";
import { matchesIn } from "./inbound-api-matches";
import type { PortOwner } from "./server-policy";
import { type AuthorizationView, clientWords, limitWords, networkWords, type PolicyView, type RouteView } from "./view";
import { authorizationWords, ownerWords, routeWords } from "./words";

// Field numbers are from linkerd2-proxy-api 0.20 (proto/inbound.proto, meta.proto, net.proto). Later versions only add to them.

/** The gRPC method that returns the policy of one port of one pod. */
export const GET_PORT = "/io.linkerd.proxy.inbound.InboundServerPolicies/GetPort";

/** The request of {@link GET_PORT}. */
export function portSpec(pod: { namespace: string; name: string }, port: number): Buffer {
  return Buffer.concat([encodeText(1, JSON.stringify({ ns: pod.namespace, pod: pod.name })), encodeNumber(2, port)]);
}

/** The protocols by field number, with the field numbers of their routes and rate limit. */
const PROTOCOLS: Readonly<Record<number, { name: ProxyProtocol; routes?: number; limit?: number }>> = {
  1: { name: "detect", routes: 3, limit: 4 },
  2: { name: "opaque" },
  3: { name: "tls" },
  4: { name: "http1", routes: 2, limit: 3 },
  5: { name: "http2", routes: 2, limit: 3 },
  6: { name: "grpc", routes: 2 },
};

/**
 * Decodes the response of {@link GET_PORT}.
 *
 * @throws RangeError if the message is truncated, or has an unknown protocol
 */
export function readServer(bytes: Buffer): PolicyView {
  const server = fieldsOf(bytes);
  const kinds = messageIn(server, 1) ?? new Map<number, never>();
  const [number = 0] = kinds.keys();
  const protocol = PROTOCOLS[number];
  if (protocol === undefined) throw new RangeError(`the policy controller answers with the unknown protocol ${number}`);
  const inner = messageIn(kinds, number) ?? new Map<number, never>();
  const labels = textMapIn(server, 4);
  const name = labels.get("name") ?? "";
  const limit = protocol.limit === undefined ? undefined : messageIn(inner, protocol.limit);
  const owner: PortOwner =
    labels.get("kind") === "server" ? { kind: "server", namespace: "", name } : { kind: "default", name };
  return {
    owner: ownerWords(owner),
    protocol: protocol.name,
    authorizations: messagesIn(server, 3).map((one) => authorizationIn(one, owner)),
    routes:
      protocol.routes === undefined
        ? []
        : messagesIn(inner, protocol.routes).map((route) => routeIn(route, owner, protocol.name === "grpc")),
    ...(limit !== undefined && { rateLimit: limitIn(limit) }),
  };
}

/** The name of an object. What is not an object in the cluster has the kind `default`. */
function metadataIn(fields: Fields, number: number): { group: string; kind: string; name: string } {
  const metadata = messageIn(fields, number) ?? new Map<number, never>();
  const resource = messageIn(metadata, 2);
  if (resource === undefined) return { group: "", kind: "default", name: textIn(metadata, 1) };
  return { group: textIn(resource, 1), kind: textIn(resource, 2), name: textIn(resource, 3) };
}

function authorizationIn(authorization: Fields, owner: PortOwner): AuthorizationView {
  const { kind, name } = metadataIn(authorization, 4);
  const networks = messagesIn(authorization, 1).map((network): Network => {
    const [cidr, ...except] = [...messagesIn(network, 1), ...messagesIn(network, 2)].map(prefixIn);
    return { cidr: cidr ?? prefixIn(new Map()), except };
  });
  return {
    name: authorizationWords({ kind: kind as AuthorizationRef["kind"], name }, owner),
    clients: clientWords(authenticationIn(messageIn(authorization, 2))),
    networks: networkWords(networks),
  };
}

function authenticationIn(authentication: Fields | undefined): Authentication {
  const mesh = authentication && messageIn(authentication, 2);
  if (mesh === undefined) return { kind: "none" };
  const clients = messageIn(mesh, 2);
  if (clients === undefined) return { kind: "tls" };
  const suffixes = messagesIn(clients, 2).map((suffix) =>
    textsIn(suffix, 1)
      .map((part) => `.${part}`)
      .join(""),
  );
  return { kind: "identity", identities: new Set(messagesIn(clients, 1).map((one) => textIn(one, 1))), suffixes };
}

/** An IPv6 address comes as two halves, an IPv4 address as one number. Host bits may be set. */
function prefixIn(network: Fields): Network["cidr"] {
  const ip = messageIn(network, 1) ?? new Map<number, never>();
  const six = messageIn(ip, 2);
  const bits = numberIn(network, 2);
  const address = six === undefined ? fixedIn(ip, 1) : (fixedIn(six, 1) << 64n) | fixedIn(six, 2);
  const family = six === undefined ? 4 : 6;
  const text = formatPrefix({ family, address, bits: family === 4 ? 32 : 128 });
  const prefix = parsePrefix(`${text}/${bits}`);
  if (prefix === undefined)
    throw new RangeError(`the policy controller answers with ${text}/${bits}, which is not a network`);
  return prefix;
}

function routeIn(route: Fields, owner: PortOwner, isGrpc: boolean): RouteView {
  const ref = metadataIn(route, 1);
  // The default route matches every request, however the controller writes that.
  const isDefault = ref.kind === "default" && ref.name === "default";
  return {
    name: routeWords(ref),
    requests: isDefault ? [] : matchesIn(route, isGrpc).sort(),
    authorizations: messagesIn(route, 3).map((one) => authorizationIn(one, owner)),
  };
}

function limitIn(limit: Fields): string {
  const rate = (fields: Fields, number: number) => {
    const found = messageIn(fields, number);
    return found === undefined ? undefined : numberIn(found, 1);
  };
  const [total, identity] = [rate(limit, 2), rate(limit, 3)];
  const overrides = messagesIn(limit, 4).flatMap((override) => {
    const clients = messageIn(override, 2);
    return messagesIn(clients ?? new Map(), 1).map((client) => [textIn(client, 1), rate(override, 1) ?? 0] as const);
  });
  return limitWords({
    policy: metadataIn(limit, 1).name,
    ...(total !== undefined && { total }),
    ...(identity !== undefined && { identity }),
    overrides: new Map(overrides),
  });
}
