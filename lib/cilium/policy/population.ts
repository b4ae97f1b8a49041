import { getOrMake, present } from "../../common/maps";
import type { EndpointFacts, Scenario } from "../../scenario/scenario";
import { endpointIdentity, type Identity, ingressIdentity, isNode, isOfOwnCluster, nodeIdentity } from "./identity";
import { Selections } from "./selections";

/** An endpoint of the scenario with its identity. */
export interface Endpoint {
  facts: EndpointFacts;
  /** Index of its identity, as a peer. */
  identity: number;
  /** Index of the identity whose policies apply to it; undefined if none can. */
  subject: number | undefined;
}

/** The endpoints of a scenario, the identities that they share, and which of these each selector selects. */
export interface Population {
  identities: readonly Identity[];
  endpoints: ReadonlyMap<string, Endpoint>;
  selections: Selections;
}

/**
 * The identity whose policies apply to an endpoint: a pod's own, a node's if the host firewall is on, the ingress proxy's if it serves Gateways;
 * undefined if no policy can apply.
 */
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
 * The populations of one cluster, one for each configuration of its agents. An index stands for the same endpoints in all of them.
 *
 * @param seen The scenario under each configuration, and whether nodes are subjects of policies.
 * @param patterns The DNS names and patterns in the policies, which become labels of the addresses that resolve from them.
 */
export function populationsOf(
  seen: readonly { scenario: Scenario; areNodesFenced: boolean }[],
  patterns: readonly string[],
  undecided: "unknown" | "no match",
): Population[] {
  const identities = seen.map((): Identity[] => []);
  const endpoints = seen.map(() => new Map<string, Endpoint>());
  const known = new Map<string, number>();
  const placeOf = (each: readonly Identity[]) =>
    getOrMake(known, each.map(keyOf).join("\n"), () => {
      for (const [index, identity] of each.entries()) identities[index]?.push(identity);
      return known.size;
    });
  for (const facts of seen[0]?.scenario.endpoints ?? []) {
    const each = seen.map(({ scenario }) => endpointIdentity(facts, scenario, patterns));
    const place = placeOf(each);
    const own = seen.map(({ scenario, areNodesFenced }, index) =>
      subjectOf(facts, present(each[index], `the identity of ${facts.id}`), scenario, areNodesFenced),
    );
    const some = own.find((identity) => identity !== undefined);
    const subject = some && placeOf(own.map((identity) => identity ?? some));
    for (const [index, identity] of own.entries())
      endpoints[index]?.set(facts.id, { facts, identity: place, subject: identity && subject });
  }
  return seen.map(({ scenario }, index) => {
    const list = identities[index] ?? [];
    const selections = new Selections(list, scenario.cluster, undecided);
    return { identities: list, endpoints: endpoints[index] ?? new Map<string, Endpoint>(), selections };
  });
}

const keyOf = (identity: Identity) => {
  const { kind, labels, namedPorts } = identity;
  return `${kind} ${labels} ${[...namedPorts].sort().join()} ${unknownText(identity)}`;
};
