import { selects } from "../../cilium/api/selector";
import { CompilationCache } from "../../cilium/policy/compilation-cache";
import { type Direction, type Entry, fqdnPatterns } from "../../cilium/policy/entries";
import { aggregateLabels, endpointIdentity, type Identity } from "../../cilium/policy/identity";
import type { L4 } from "../../cilium/policy/l4";
import { holdsFor } from "../../cilium/policy/node-selector";
import { type Peer, selectsByAddress } from "../../cilium/policy/peer";
import { subjectOf } from "../../cilium/policy/population";
import { getOrMake } from "../../common/maps";
import { EVERY_PROTOCOL, portNameKey, rangePrefixLength } from "../../kubernetes/ports";
import type { EndpointFacts, Scenario } from "../../scenario/scenario";
import { type Accepted, acceptedOf, type PolicySource } from "./sources";

/** An endpoint and its identities. */
export interface Party {
  facts: EndpointFacts;
  /** The identity in which its peers' policies see it. */
  identity: Identity;
  /** The identity by which policies select it as their subject. Undefined: no policy can. */
  subject: Identity | undefined;
}

/** How an agent enforces policies: on the endpoints that they select, on all, on none, or as a report only. */
export type Enforcement = "default" | "always" | "never" | "audit";

/** A packet on the wire, to compare with the ports of rules. */
export interface Packet {
  /** The protocol's number. */
  protocol: number;
  port: number;
  /** The last port of a range. Absent: a single port. */
  endPort?: number;
}

/** The packets between two ends that a change is about. */
export interface Talk {
  packets: readonly Packet[];
  /** Whether the change is about every port and protocol; the packets are then examples. */
  isEverything: boolean;
}

/** Looks up which rules select an endpoint, and which match a peer. */
export class Parties {
  readonly accepted: readonly Accepted[];
  private readonly byId: ReadonlyMap<string, EndpointFacts>;
  private readonly made = new Map<string, Party>();
  private readonly selecting: Readonly<Record<Direction, Map<Party, readonly Entry[]>>> = {
    ingress: new Map(),
    egress: new Map(),
  };
  private readonly entries: readonly Entry[];
  private readonly patterns: readonly string[];
  private readonly byPlace: ReadonlyMap<number, Accepted>;
  private readonly areNodesFenced: boolean;

  constructor(
    sources: readonly PolicySource[],
    readonly scenario: Scenario,
    known = new CompilationCache(scenario),
  ) {
    this.accepted = acceptedOf(sources, known);
    this.byPlace = new Map(this.accepted.map((one) => [one.index, one]));
    this.entries = this.accepted.flatMap(({ policy, index }) => known.entries(policy, index, "unknown"));
    this.patterns = fqdnPatterns(this.accepted.map(({ policy }) => policy));
    this.areNodesFenced = scenario.cluster?.hostFirewall ?? this.entries.some(({ node }) => node);
    this.byId = new Map(scenario.endpoints.map((facts) => [facts.id, facts]));
  }

  /** How the agent of an endpoint enforces policies, as far as its node is known. */
  enforcementOf({ facts }: Party): Enforcement {
    const { cluster, nodeSettings = [] } = this.scenario;
    const own = nodeSettings.filter((one) => holdsFor(one, facts) === true);
    const { auditMode = false, policyEnforcement = "default" } = Object.assign(
      {},
      cluster,
      ...own.map((one) => one.cluster),
    );
    return auditMode ? "audit" : policyEnforcement;
  }

  /** The policy at an index of the given list; undefined if Cilium refuses it. */
  policy(index: number): Accepted | undefined {
    return this.byPlace.get(index);
  }

  party(id: string): Party | undefined {
    const facts = this.byId.get(id);
    if (facts === undefined) return undefined;
    return getOrMake(this.made, id, () => {
      const identity = endpointIdentity(facts, this.scenario, this.patterns);
      return { facts, identity, subject: subjectOf(facts, identity, this.scenario, this.areNodesFenced) };
    });
  }

  /** An endpoint that must exist. */
  known(id: string): Party {
    const party = this.party(id);
    if (party === undefined) throw new Error(`there is no endpoint ${id}`);
    return party;
  }

  /** All endpoints. */
  *everyone(): Generator<Party> {
    for (const { id } of this.scenario.endpoints) {
      const party = this.party(id);
      if (party !== undefined) yield party;
    }
  }

  /** The rules for pods in one direction, whichever pods they select. */
  rules(direction: Direction): readonly Entry[] {
    return this.entries.filter((entry) => entry.direction === direction && !entry.node);
  }

  /** The rules that select a pod or a node, in one direction. */
  rulesOf(party: Party, direction: Direction): readonly Entry[] {
    const { subject: own } = party;
    if (own === undefined) return [];
    return getOrMake(this.selecting[direction], party, () => {
      const enforcement = this.enforcementOf(party);
      if (enforcement === "never" || enforcement === "audit") return [];
      return this.entries.filter(
        (entry) =>
          entry.direction === direction && entry.node === (own.kind === "node") && selects(entry.subject, own.labels),
      );
    });
  }

  /** Whether a rule's peer selects an endpoint; or the missing fact that would tell. */
  selectsPeer(peer: Peer, { identity }: Party): boolean | { missing: string } {
    // A selector that matches a whole class of identities, such as one that only excludes labels, matches each of them, whatever its labels.
    const ofAll = identity.aggregate === "any" ? undefined : aggregateLabels(identity.aggregate);
    if (peer.kind === "labels")
      return selects(peer.selector, identity.labels) || (ofAll !== undefined && selects(peer.selector, ofAll));
    if (peer.kind === "unseen") return { missing: peer.missing };
    const selection = selectsByAddress(peer, identity.labels, this.scenario.cluster);
    return typeof selection === "object" ? { missing: selection.missing } : selection;
  }
}

/** Whether a rule's port matches the packet. A port name means the subject's port on ingress, and the peer's on egress. */
export function admitsPort(l4: L4, { protocol, port }: Packet, named: Identity["namedPorts"]): boolean {
  if (l4.protocol === EVERY_PROTOCOL) return true;
  if (l4.protocol !== protocol) return false;
  const first = l4.name === undefined ? l4.port : named.get(portNameKey(l4.name, l4.protocol));
  if (first === undefined) return false;
  return rangePrefixLength(first, l4.endPort, port) !== undefined;
}
