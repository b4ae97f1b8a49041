import { flowPort } from "../scenario/flows";
import type { EndpointFacts, NamedPort, Scenario } from "../scenario/scenario";
import type { Example } from "./port-classes";
import type { Reachability } from "./verdict";

/** The endpoints of a scenario, with the ports that there are to ask about. */
export interface EveryPort {
  /** Each with the ports that it is known by, and one of each set of the others that no rule tells apart, at either end: none of the 65,535 is left out. */
  every: EndpointFacts[];
  /** Of those only the ports that it is known by or that some rule names; of a workload where there is none, one that stands for all. */
  named: EndpointFacts[];
}

/** What there is to ask about so that no port of no protocol is left out. */
export function everyPort(
  { endpoints }: Pick<Scenario, "endpoints">,
  reachability: Pick<Reachability, "portClasses">,
): EveryPort {
  const all = endpoints.map((endpoint) => {
    const { id, ports = [], mesh } = endpoint;
    // Nobody connects to clients.
    if (endpoint.led !== undefined) return { endpoint, examples: [] };
    return { endpoint, examples: reachability.portClasses(id).examples(ports.map(flowPort), mesh) };
  });
  return {
    every: all.map(({ endpoint, examples }) => withPorts(endpoint, examples)),
    named: all.map(({ endpoint, examples }) => {
      const named = examples.filter(({ isRest }) => isRest !== true);
      const isKnown = named.length + (endpoint.ports ?? []).length > 0;
      const isWorkload = endpoint.namespace !== undefined && endpoint.representative === undefined;
      return withPorts(endpoint, isKnown || !isWorkload ? named : examples.slice(0, 1));
    }),
  };
}

function withPorts(endpoint: EndpointFacts, examples: readonly Example[]): EndpointFacts {
  if (examples.length === 0) return endpoint;
  const more = examples.map(({ proto, port, standsFor }): NamedPort => {
    return { port, protocol: proto, ...(standsFor !== undefined && { standsFor }) };
  });
  return { ...endpoint, ports: [...(endpoint.ports ?? []), ...more] };
}
