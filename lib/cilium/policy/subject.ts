import { append, getOrMake, present } from "../../common/maps";
import { portNameKey } from "../../kubernetes/ports";
import type { Decision, NumberedDecision, SharedDecisions } from "./decision";
import type { Direction } from "./entries";
import type { Conflict, PeerPolicy } from "./filters";
import { AGGREGATES, type Aggregate, type Identity } from "./identity";
import type { L4 } from "./l4";
import { type Aggregated, aggregated, type MapItem, proxiedAt } from "./lookup";
import { isWildcard, maybePeer } from "./peer";
import { evaluate, type Group, NO_GROUP, Partition } from "./peer-groups";
import { EVERYTHING, matchText } from "./proxied";
import type { Selected, Selections } from "./selections";

/** The decisions on one port, by group of peers and then by aggregate, computed on first use. */
interface PortDecisions {
  aggregates: readonly Aggregated[];
  decisions: (NumberedDecision | undefined)[];
}

const NO_ITEMS: readonly MapItem[] = [];

/** What an agent decides for one endpoint in one direction, for all peers. Peers are given by the index of their identity. */
export abstract class EndpointPolicy {
  /** The identities that some rule selects individually. Their aggregates decide for all others. */
  abstract readonly selected: Iterable<number>;
  /** All lists of items that decisions are made from, each for the same peers. A list is always the same object. */
  abstract lists(): Iterable<readonly MapItem[]>;
  /** The items for an aggregate, or those for an individual identity. */
  abstract itemsOf(peer: Aggregate | number): readonly MapItem[];
  /** The decision about every identity of an aggregate that is not {@link selected}. */
  abstract decideOthers(aggregate: Aggregate, protocol: number, port: number): NumberedDecision;
  /** The decision about one identity. */
  abstract decide(peer: number, protocol: number, port: number): NumberedDecision;
  /** The numbers of the decisions about all identities. */
  abstract decisions(protocol: number, port: number): Int32Array;
}

/** The policy of one subject in one direction, prepared for all peers. */
export class SubjectPolicy extends EndpointPolicy {
  private readonly aggregates = new Map<Aggregate, MapItem[]>();
  /** The keys of each aggregate's items, to recognize items that only repeat one. */
  private readonly aggregateKeys = new Map<Aggregate, Set<string>>();
  /** The group of each peer with candidates; all others are in group 0. */
  private readonly groupOf: ReadonlyMap<number, number>;
  private readonly groups: readonly Group[];
  private readonly byGroup = new Map<Group, readonly MapItem[]>();
  private readonly byPort = new Map<number, PortDecisions>();
  private readonly conflict: string | undefined;
  private readonly hasPasses: boolean;

  constructor(
    policies: PeerPolicy[] | Conflict,
    private readonly subject: Subject,
    private readonly identities: readonly Identity[],
    private readonly selections: Selections,
    private readonly shared: SharedDecisions,
  ) {
    super();
    if ("conflict" in policies) {
      this.conflict = policies.conflict;
      this.hasPasses = false;
      this.groupOf = new Map();
      this.groups = [NO_GROUP];
      return;
    }
    this.hasPasses = policies.some(({ item }) => item.passes);
    const partition = new Partition();
    const items = policies
      .map((given) => unresolved(given, subject))
      .map((policy) => ({
        policy,
        item: portItem(policy, subject),
        selected: selections.selectedBy(policy.peer),
      }));
    for (const { item, selected } of items) if (item !== undefined) this.addAggregates(item, selected);
    for (const { policy, item, selected } of items) {
      if (item === undefined) this.addNamed(policy, subject.direction, selected, partition);
      else this.addIdentities(item, { ...selected, about: policy.peer.text }, partition);
    }
    this.groupOf = partition.groupOf;
    this.groups = partition.groups;
  }

  /** Why Cilium cannot merge the rules of this subject; undefined if it can. */
  get mergeConflict(): string | undefined {
    return this.conflict;
  }

  get selected(): Iterable<number> {
    return this.groupOf.keys();
  }

  *lists(): Generator<readonly MapItem[]> {
    yield* this.aggregates.values();
    for (const group of this.groups) yield this.itemsOfGroup(group);
  }

  itemsOf(peer: Aggregate | number): readonly MapItem[] {
    if (typeof peer === "string") return this.aggregates.get(peer) ?? NO_ITEMS;
    return this.itemsOfGroup(this.group(this.groupOf.get(peer) ?? 0));
  }

  private group(number: number): Group {
    return present(this.groups[number], "a group of peers");
  }

  private aggregate(identity: number): Aggregate {
    return present(this.identities[identity], "an identity").aggregate;
  }

  private itemsOfGroup(group: Group): readonly MapItem[] {
    return getOrMake(this.byGroup, group, () => group.candidates.map(({ item }) => item));
  }

  decideOthers(aggregate: Aggregate, protocol: number, port: number): NumberedDecision {
    return this.decideGroup(0, aggregate, protocol, port);
  }

  decide(peer: number, protocol: number, port: number): NumberedDecision {
    return this.decideGroup(this.groupOf.get(peer) ?? 0, this.aggregate(peer), protocol, port);
  }

  /** Only identities that some rule selects are evaluated individually. */
  decisions(protocol: number, port: number): Int32Array {
    const numbers = new Int32Array(this.identities.length);
    const number = (group: number, peer: number) =>
      this.decideGroup(group, this.aggregate(peer), protocol, port).number;
    numbers.fill(this.decideGroup(0, "aggregate-cluster", protocol, port).number);
    for (const peer of this.selections.outsiders) numbers[peer] = number(0, peer);
    this.groupOf.forEach((group, peer) => {
      numbers[peer] = number(group, peer);
    });
    return numbers;
  }

  private decideGroup(group: number, aggregate: Aggregate, protocol: number, port: number): NumberedDecision {
    const { aggregates, decisions } = getOrMake(this.byPort, protocol * 65_536 + port, () => ({
      aggregates: AGGREGATES.map((name) => aggregated(this.aggregates.get(name) ?? [], protocol, port, this.hasPasses)),
      decisions: [],
    }));
    const number = AGGREGATES.indexOf(aggregate);
    const place = group * AGGREGATES.length + number;
    const known = decisions[place];
    if (known !== undefined) return known;
    const own = this.group(group);
    const decision = unproven(evaluate(own, present(aggregates[number], aggregate), protocol, port), aggregate);
    const made = this.shared.of(
      decision.l7 ? this.withProxied(decision, own, aggregate, protocol, port) : decision,
      this.subject.isNode,
    );
    decisions[place] = made;
    return made;
  }

  /** Adds what Cilium's proxy admits. It admits whatever any of the rules admits, not only the one that decides. */
  private withProxied(
    decision: Decision,
    { certain }: Group,
    aggregate: Aggregate,
    protocol: number,
    port: number,
  ): Decision {
    const items = [...certain, ...(this.aggregates.get(aggregate) ?? NO_ITEMS)];
    return { ...decision, proxied: proxiedAt(items, protocol, port) };
  }

  private addAggregates(item: MapItem, { aggregates }: Selected): void {
    for (const aggregate of aggregates) {
      append(this.aggregates, aggregate, item);
      getOrMake(this.aggregateKeys, aggregate, () => new Set<string>()).add(portKey(item));
    }
  }

  /** Skips entries that only repeat the aggregate's, because Cilium does not keep them (`aggregateIsEquivalent`). */
  private addIdentities(
    item: MapItem,
    { identities, undecided, missing, about }: Selected & { about: string },
    partition: Partition,
  ): void {
    const key = portKey(item);
    // With rules that pass, it depends on what is lifted.
    const repeats = this.hasPasses
      ? new Set<Aggregate>()
      : new Set([...this.aggregateKeys].filter(([, keys]) => keys.has(key)).map(([name]) => name));
    const own = repeats.size === 0 ? identities : identities.filter((id) => !repeats.has(this.aggregate(id)));
    partition.refine(own, { item });
    if (undecided.length > 0) partition.refine(undecided, { item, missing, about });
  }

  private addNamed(policy: PeerPolicy, direction: Direction, selected: Selected, partition: Partition): void {
    const { name } = policy.l4;
    // On ingress, the name refers to the subject's own container port, and a port that the subject does not declare is dropped.
    if (direction === "ingress" || name === undefined) return;
    this.addNamedEgress(policy, selected.identities, portNameKey(name, policy.l4.protocol), partition);
    this.addUnresolved(policy, selected, partition);
    for (const id of selected.undecided) this.addNamedUndecided(policy, id, selected.missing, partition);
  }

  /** On egress, the name refers to each peer's own container port, so that even a wildcard needs an entry per identity. */
  private addNamedEgress(
    { peer, l4, item }: PeerPolicy,
    ids: readonly number[],
    name: string,
    partition: Partition,
  ): void {
    const byPort = new Map<number, number[]>();
    for (const id of isWildcard(peer) ? this.identities.keys() : ids) {
      const port = this.identities[id]?.namedPorts.get(name);
      if (port === undefined) continue;
      append(byPort, port, id);
    }
    for (const [port, same] of byPort) partition.refine(same, { item: mapItem(item, l4.protocol, port, 0) });
  }

  /** If it is not known which port of a peer has the name, any of its ports may be meant. */
  private addUnresolved({ peer, l4, item }: PeerPolicy, selected: Selected, partition: Partition): void {
    const ids = isWildcard(peer) ? this.identities.keys() : [...selected.identities, ...selected.undecided];
    for (const id of ids) {
      const { namedPorts, unknownPorts } = present(this.identities[id], `identity ${id}`);
      const missing = missingPort(l4, { namedPorts, ...(unknownPorts && { unknownPorts }) });
      if (missing !== undefined)
        partition.refine([id], { item: mapItem(item, l4.protocol, 0, 0), missing, about: peer.text });
    }
  }

  private addNamedUndecided(
    { peer, l4, item }: PeerPolicy,
    id: number,
    missing: string | undefined,
    partition: Partition,
  ): void {
    const port = this.identities[id]?.namedPorts.get(portNameKey(l4.name ?? "", l4.protocol));
    if (port !== undefined)
      partition.refine([id], { item: mapItem(item, l4.protocol, port, 0), missing, about: peer.text });
  }
}

/** Only the identities of pods have certificates, so nodes and peers outside the cluster cannot authenticate. */
function unproven(decision: Decision, aggregate: Aggregate): Decision {
  const isPod = aggregate === "aggregate-cluster" || aggregate === "aggregate-cluster-mesh";
  if (decision.authentication !== "required" || isPod) return decision;
  return { ...decision, authentication: "required, but the peer has no certificate" };
}

interface Subject {
  direction: Direction;
  isNode: boolean;
  namedPorts: ReadonlyMap<string, number>;
  unknownPorts?: Readonly<Record<string, string>>;
}

/** The missing fact, in words, if it is not known which port has the name; undefined if it is known, or no port has it. */
function missingPort({ name, protocol }: L4, { namedPorts, unknownPorts }: Omit<Subject, "direction" | "isNode">) {
  if (name === undefined || namedPorts.has(portNameKey(name, protocol))) return undefined;
  return unknownPorts?.[name] ?? unknownPorts?.["*"];
}

/** If only the name of the subject's port is known, the rule may be for any port. */
function unresolved(policy: PeerPolicy, subject: Subject): PeerPolicy {
  const missing = subject.direction === "ingress" ? missingPort(policy.l4, subject) : undefined;
  if (missing === undefined) return policy;
  const { protocol } = policy.l4;
  return { ...policy, peer: maybePeer(policy.peer, missing, policy.item.deny), l4: { protocol, port: 0, endPort: 0 } };
}

/** The item of a rule; undefined if each peer needs its own, because the rule names the peer's port. */
function portItem({ l4, item }: PeerPolicy, { direction, namedPorts }: Subject): MapItem | undefined {
  if (l4.name === undefined) return mapItem(item, l4.protocol, l4.port, l4.endPort);
  const port = direction === "ingress" ? namedPorts.get(portNameKey(l4.name, l4.protocol)) : undefined;
  return port === undefined ? undefined : mapItem(item, l4.protocol, port, l4.endPort);
}

/** Lists the members because items are made by the hundred thousand, and a spread takes ten times as long. */
function mapItem(item: PeerPolicy["item"], protocol: number, port: number, endPort: number): MapItem {
  const { precedence, deny, passes, range, isNamed, redirect, authentication, origins, proxied } = item;
  return {
    protocol,
    port,
    endPort,
    precedence,
    deny,
    passes,
    range,
    isNamed,
    redirect,
    authentication,
    origins,
    proxied,
  };
}

/** Equal for items with the same port, precedence and authentication for which the proxy admits the same. */
function portKey({ protocol, port, endPort, precedence, authentication, proxied }: MapItem): string {
  const requests = proxied === EVERYTHING ? "" : proxied.map(matchText).join();
  return `${protocol} ${port} ${endPort} ${precedence} ${authentication} ${requests}`;
}
