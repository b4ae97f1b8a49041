import type { EndpointFacts, Scenario } from "../../scenario/scenario";
import { endpointIdentity, type Identity, isOfOwnCluster } from "./identity";
import { Selections } from "./selections";

/** An endpoint of the scenario and its identity's place. */
export interface Endpoint {
  facts: EndpointFacts;
  identity: number;
  isPod: boolean;
}

/** The endpoints of a scenario, the identities that they share, and which of these each selector selects. */
export interface Population {
  identities: readonly Identity[];
  endpoints: ReadonlyMap<string, Endpoint>;
  selections: Selections;
}

/** @param patterns The DNS names and patterns that policies name, which label the addresses learnt through them. */
export function populationOf(
  scenario: Scenario,
  patterns: readonly string[],
  undecided: "unknown" | "no match",
): Population {
  const identities: Identity[] = [];
  const endpoints = new Map<string, Endpoint>();
  const known = new Map<string, number>();
  for (const facts of scenario.endpoints) {
    const identity = endpointIdentity(facts, scenario, patterns);
    const key = `${identity.labels} ${[...identity.namedPorts].sort().join()}`;
    let place = known.get(key);
    if (place === undefined) {
      place = identities.push(identity) - 1;
      known.set(key, place);
    }
    endpoints.set(facts.id, {
      facts,
      identity: place,
      isPod: identity.kind === "pod" && isOfOwnCluster(facts, scenario),
    });
  }
  return { identities, endpoints, selections: new Selections(identities, scenario.cluster, undecided) };
}
