import type { EndpointFacts, Flow, NamedPort } from "./scenario";

/** Every endpoint to every port of every other. */
export function* everyPair(endpoints: readonly EndpointFacts[]): Generator<Flow> {
  for (const from of endpoints) {
    for (const to of endpoints) {
      if (from.id === to.id) continue;
      for (const port of to.ports ?? []) yield { from: from.id, to: to.id, ...askedAt(port) };
    }
  }
}

/** What of a flow a port of its target says. */
export function askedAt({ port, protocol = "TCP", standsFor }: NamedPort): Pick<Flow, "proto" | "port" | "standsFor"> {
  return standsFor === undefined ? { proto: protocol, port } : { proto: protocol, port, standsFor };
}
