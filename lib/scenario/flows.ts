import type { EndpointFacts, Flow, ForwardedPort, NamedPort, SeenAs } from "./scenario";

/** Whether connections can come from the endpoint. None come from the address of a Service or a gateway, which only forwards them. */
export const isClient = ({ service, linked }: EndpointFacts): boolean => service === undefined && linked === undefined;

/** The Service port that forwards these clients to a pod's port; undefined if none does. A certain one goes before one that is not fully known. */
export function forwardedPort(
  from: Pick<EndpointFacts, "forwardedTo">,
  { to, proto, port }: Pick<Flow, "to" | "proto" | "port">,
): ForwardedPort | undefined {
  const forwarded = from.forwardedTo?.filter((one) => one.to === to && one.port === port && one.proto === proto);
  return forwarded?.find(({ missing }) => missing === undefined) ?? forwarded?.[0];
}

/** The identities in which a pod's policy may see clients outside. Without a Service that forwards them, they are themselves. */
export function seenAs(forwarded: ForwardedPort | undefined): readonly SeenAs[] {
  if (forwarded === undefined) return ["themselves"];
  return forwarded.seenAs ?? (forwarded.missing === undefined ? ["node"] : ["node", "themselves"]);
}

/** A predicate: whether a Service forwards clients outside the cluster to a port. */
export function forwardedPorts(
  endpoints: readonly Pick<EndpointFacts, "forwardedTo">[],
): (port: Pick<Flow, "to" | "proto" | "port">) => boolean {
  const keyOf = ({ to, proto, port }: Pick<Flow, "to" | "proto" | "port">) => `${to}\0${proto}\0${port}`;
  // The endpoints of all blocks share one list: read it once.
  const keys = new Set([...new Set(endpoints.map(({ forwardedTo }) => forwardedTo ?? []))].flat().map(keyOf));
  return (port) => keys.has(keyOf(port));
}

/**
 * The flows from every endpoint to every port of every other one, and to its own ports if several of its pods run.
 *
 * @param isOutside Whether an endpoint is outside the cluster: a pair of two such endpoints, about which nothing is decided, is left out. Default: none is.
 */
export function* everyPair(
  endpoints: readonly EndpointFacts[],
  isOutside: (endpoint: EndpointFacts) => boolean = () => false,
): Generator<Flow> {
  const inside = endpoints.filter((endpoint) => !isOutside(endpoint));
  const isForwarded = forwardedPorts(endpoints);
  for (const from of endpoints.filter(isClient)) {
    for (const to of isOutside(from) ? inside : endpoints) {
      if (from.id === to.id && from.several !== true) continue;
      for (const port of to.ports ?? []) {
        const target = { to: to.id, ...flowPort(port) };
        // On ports that no Service forwards, the clients of a block are the block itself, which has flows of its own.
        if (from.block === undefined || isForwarded(target)) yield { from: from.id, ...target };
      }
    }
  }
}

/** The members of a flow to a declared port. */
export function flowPort({ port, protocol = "TCP", standsFor }: NamedPort): Pick<Flow, "proto" | "port" | "standsFor"> {
  return standsFor === undefined ? { proto: protocol, port } : { proto: protocol, port, standsFor };
}
