import { getOrMake } from "../../common/maps";
import type { EndpointFacts, Scenario } from "../../scenario/scenario";
import { endpointIdentity, type Identity, isNode, isOfOwnCluster, nodeIdentity } from "./identity";
import { Selections } from "./selections";

/** An endpoint of the scenario and its identity's place. */
export interface Endpoint {
  facts: EndpointFacts;
  identity: number;
  /** The identity's place whose policies are in force at it. Undefined: none can be. */
  subject: number | undefined;
}

/** The endpoints of a scenario, the identities that they share, and which of these each selector selects. */
export interface Population {
  identities: readonly Identity[];
  endpoints: ReadonlyMap<string, Endpoint>;
  selections: Selections;
}

/**
 * @param patterns The DNS names and patterns that policies name, which label the addresses learnt through them.
 * @param areNodesFenced Whether nodes are subjects of policies.
 */
export function populationOf(
  scenario: Scenario,
  patterns: readonly string[],
  undecided: "unknown" | "no match",
  areNodesFenced: boolean,
): Population {
  const identities: Identity[] = [];
  const endpoints = new Map<string, Endpoint>();
  const known = new Map<string, number>();
  const placeOf = (identity: Identity) =>
    getOrMake(
      known,
      `${identity.kind} ${identity.labels} ${[...identity.namedPorts].sort().join()}`,
      () => identities.push(identity) - 1,
    );
  for (const facts of scenario.endpoints) {
    const identity = endpointIdentity(facts, scenario, patterns);
    const place = placeOf(identity);
    const subject =
      identity.kind === "pod"
        ? isOfOwnCluster(facts, scenario)
          ? place
          : undefined
        : areNodesFenced && isNode(facts)
          ? placeOf(nodeIdentity(facts, scenario))
          : undefined;
    endpoints.set(facts.id, { facts, identity: place, subject });
  }
  return { identities, endpoints, selections: new Selections(identities, scenario.cluster, undecided) };
}
