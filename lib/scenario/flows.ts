import type { EndpointFacts, Flow, LedTo, NamedPort, SeenAs } from "./scenario";

/** Whether somebody speaks from there. From an address of a Service or a gateway nobody does: it is led elsewhere. */
export const isClient = ({ service, linked }: EndpointFacts): boolean => service === undefined && linked === undefined;

/** Where clients outside are led to a port; undefined where they are not, or somebody else connects. */
export function ledTo(
  from: Pick<EndpointFacts, "led">,
  { to, proto, port }: Pick<Flow, "to" | "proto" | "port">,
): LedTo | undefined {
  const ways = from.led?.filter((one) => one.to === to && one.port === port && one.proto === proto);
  return ways?.find(({ missing }) => missing === undefined) ?? ways?.[0];
}

/** As whom clients outside may be seen that are led somewhere, or nowhere. */
export function comesAs(led: LedTo | undefined): readonly SeenAs[] {
  if (led === undefined) return ["themselves"];
  return led.comesAs ?? (led.missing === undefined ? ["node"] : ["node", "themselves"]);
}

/** Where Services lead some clients outside. */
export function portsLedTo(
  endpoints: readonly Pick<EndpointFacts, "led">[],
): (port: Pick<Flow, "to" | "proto" | "port">) => boolean {
  const keyOf = ({ to, proto, port }: Pick<Flow, "to" | "proto" | "port">) => `${to}\0${proto}\0${port}`;
  // Those of all blocks share their lists.
  const keys = new Set([...new Set(endpoints.map(({ led }) => led ?? []))].flat().map(keyOf));
  return (port) => keys.has(keyOf(port));
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
  const isLed = portsLedTo(endpoints);
  for (const from of endpoints.filter(isClient)) {
    for (const to of isOutside(from) ? inside : endpoints) {
      if (from.id === to.id && from.several !== true) continue;
      for (const port of to.ports ?? []) {
        const asked = { to: to.id, ...askedAt(port) };
        // Elsewhere they are their block: as often as there are blocks, nothing would be said of each block again.
        if (from.otherwise === undefined || isLed(asked)) yield { from: from.id, ...asked };
      }
    }
  }
}

/** What of a flow a port of its target says. */
export function askedAt({ port, protocol = "TCP", standsFor }: NamedPort): Pick<Flow, "proto" | "port" | "standsFor"> {
  return standsFor === undefined ? { proto: protocol, port } : { proto: protocol, port, standsFor };
}
