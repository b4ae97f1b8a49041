import type { EndpointFacts, Flow, LedTo, NamedPort } from "./scenario";

/** Whether somebody speaks from there. From an address of a Service or a gateway nobody does: it is led elsewhere. */
export const isClient = ({ service, linked }: EndpointFacts): boolean => service === undefined && linked === undefined;

/** Where clients outside are led to a port; undefined where they are not, or somebody else connects. */
export function ledTo(
  from: EndpointFacts,
  { to, proto, port }: Pick<Flow, "to" | "proto" | "port">,
): LedTo | undefined {
  const ways = from.led?.filter((one) => one.to === to && one.port === port && one.proto === proto);
  return ways?.find(({ missing }) => missing === undefined) ?? ways?.[0];
}

/**
 * Every endpoint to every port of every other, and of its own where there are several of it.
 *
 * @param isOutside Of two that are outside nothing is decided; those pairs are left out. Default: none is.
 */
export function* everyPair(
  endpoints: readonly EndpointFacts[],
  isOutside: (endpoint: EndpointFacts) => boolean = () => false,
): Generator<Flow> {
  const inside = endpoints.filter((endpoint) => !isOutside(endpoint));
  for (const from of endpoints.filter(isClient)) {
    for (const to of isOutside(from) ? inside : endpoints) {
      if (from.id === to.id && from.several !== true) continue;
      for (const port of to.ports ?? []) yield { from: from.id, to: to.id, ...askedAt(port) };
    }
  }
}

/** What of a flow a port of its target says. */
export function askedAt({ port, protocol = "TCP", standsFor }: NamedPort): Pick<Flow, "proto" | "port" | "standsFor"> {
  return standsFor === undefined ? { proto: protocol, port } : { proto: protocol, port, standsFor };
}
