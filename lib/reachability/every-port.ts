import { flowPort } from "../scenario/flows";
import type { EndpointFacts, NamedPort, Scenario } from "../scenario/scenario";
import type { Example } from "./port-classes";
import type { Reachability } from "./verdict";

/** The endpoints of a scenario, with ports that stand for all others. */
export interface EveryPort {
  /** Endpoints with their declared ports, and one port for each set of others that no rule at either end distinguishes. Together they cover all 65,535. */
  every: EndpointFacts[];
  /** The same with only the ports that are declared or that a rule names. A workload that has none gets one port that stands for all. */
  named: EndpointFacts[];
}

/** Adds ports to the endpoints so that the verdicts about them cover every port of every protocol. */
export function everyPort(
  { endpoints }: Pick<Scenario, "endpoints">,
  reachability: Pick<Reachability, "portClasses">,
): EveryPort {
  const all = endpoints.map((endpoint) => {
    const { id, ports = [], mesh } = endpoint;
    // Clients that come through a node are never a target.
    if (endpoint.forwardedTo !== undefined) return { endpoint, examples: [] };
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
