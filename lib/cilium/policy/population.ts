import { getOrMake } from "../../common/maps";
import type { EndpointFacts, Scenario } from "../../scenario/scenario";
import { endpointIdentity, type Identity, ingressIdentity, isNode, isOfOwnCluster, nodeIdentity } from "./identity";
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

/** The identity whose policies are in force at an endpoint: a pod's own, a node's with the host firewall, and that of Cilium's proxy where it serves Gateways. */
export function subjectOf(
  facts: EndpointFacts,
  identity: Identity,
  scenario: Scenario,
  areNodesFenced: boolean,
): Identity | undefined {
  if (identity.kind === "pod") return isOfOwnCluster(facts, scenario) ? identity : undefined;
  if (areNodesFenced && isNode(facts)) return nodeIdentity(facts, scenario);
  const isProxy = scenario.cluster?.servesGateways === true && facts.reserved?.join() === "ingress";
  return isProxy ? ingressIdentity : undefined;
}

const unknownText = ({ unknownPorts }: Identity) => (unknownPorts === undefined ? "" : JSON.stringify(unknownPorts));

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
      `${identity.kind} ${identity.labels} ${[...identity.namedPorts].sort().join()} ${unknownText(identity)}`,
      () => identities.push(identity) - 1,
    );
  for (const facts of scenario.endpoints) {
    const identity = endpointIdentity(facts, scenario, patterns);
    const place = placeOf(identity);
    const own = subjectOf(facts, identity, scenario, areNodesFenced);
    endpoints.set(facts.id, { facts, identity: place, subject: own && placeOf(own) });
  }
  return { identities, endpoints, selections: new Selections(identities, scenario.cluster, undecided) };
}
