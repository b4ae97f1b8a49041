import { append, getOrMake, present } from "../../common/maps";
import { portNameKey } from "../../kubernetes/ports";
import type { NumberedDecision, SharedDecisions } from "./decision";
import type { Direction } from "./entries";
import type { Conflict, PeerPolicy } from "./filters";
import { AGGREGATES, type Aggregate, type Identity } from "./identity";
import { aggregateLevels, type Levels, type MapItem } from "./lookup";
import { isWildcard } from "./peer";
import { evaluate, type Group, NO_GROUP, Partition } from "./peer-groups";
import type { Selected, Selections } from "./selections";

/** The decisions on one port, by group of peers and then by aggregate, made when first asked for. */
interface PortDecisions {
  aggregates: readonly Levels[];
  decisions: (NumberedDecision | undefined)[];
}

const NO_ITEMS: readonly MapItem[] = [];

/** What an agent decides about an endpoint in one direction, for all peers. */
export abstract class EndpointPolicy {
  /** The identities that some rule selects by name; about the others all is said by their aggregates. */
  abstract readonly selected: Iterable<number>;
  /** The lists of items out of which everything is decided, each for the same peers. A list is always the same object. */
  abstract lists(): Iterable<readonly MapItem[]>;
  /** Those of the items that are about an aggregate, and those about one identity by name. */
  abstract itemsOf(peer: Aggregate | number): readonly MapItem[];
  /** What is decided about every identity of an aggregate that is not {@link selected}. */
  abstract decideOthers(aggregate: Aggregate, protocol: number, port: number): NumberedDecision;
  /** What is decided about one identity. */
  abstract decide(peer: number, protocol: number, port: number): NumberedDecision;
  /** For every identity, the number of what is decided about it. */
  abstract decisions(protocol: number, port: number): Int32Array;
}

/** The policy of one subject in one direction, distilled for all peers. */
export class SubjectPolicy extends EndpointPolicy {
  private readonly aggregates = new Map<Aggregate, MapItem[]>();
  /** What the items of each aggregate say, to tell whether another only repeats it. */
  private readonly said = new Map<Aggregate, Set<string>>();
  /** Peers by the candidates that they share; those in no group share none. */
  private readonly groupOf: ReadonlyMap<number, number>;
  private readonly groups: readonly Group[];
  private readonly byGroup = new Map<Group, readonly MapItem[]>();
  private readonly byPort = new Map<number, PortDecisions>();
  private readonly conflict: string | undefined;

  constructor(
    policies: PeerPolicy[] | Conflict,
    subject: { direction: Direction; namedPorts: ReadonlyMap<string, number> },
    private readonly identities: readonly Identity[],
    private readonly selections: Selections,
    private readonly shared: SharedDecisions,
  ) {
    super();
    if ("conflict" in policies) {
      this.conflict = policies.conflict;
      this.groupOf = new Map();
      this.groups = [NO_GROUP];
      return;
    }
    const partition = new Partition();
    const items = policies.map((policy) => ({
      policy,
      item: portItem(policy, subject),
      selected: selections.selectedBy(policy.peer),
    }));
    for (const { item, selected } of items) if (item !== undefined) this.addAggregates(item, selected);
    for (const { policy, item, selected } of items) {
      if (item === undefined) this.addNamed(policy, subject.direction, selected, partition);
      else this.addIdentities(item, selected, partition);
    }
    this.groupOf = partition.groupOf;
    this.groups = partition.groups;
  }

  /** Why the rules of this subject cannot be merged. */
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
    return present(this.groups[number], `group ${number}`);
  }

  private aggregate(identity: number): Aggregate {
    return present(this.identities[identity], `identity ${identity}`).aggregate;
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

  /** Only those that some rule selects are looked at one by one. */
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
      aggregates: AGGREGATES.map((name) => aggregateLevels(this.aggregates.get(name) ?? [], protocol, port)),
      decisions: [],
    }));
    const number = AGGREGATES.indexOf(aggregate);
    const place = group * AGGREGATES.length + number;
    const known = decisions[place];
    if (known !== undefined) return known;
    const made = this.shared.of(evaluate(this.group(group), present(aggregates[number], aggregate), protocol, port));
    decisions[place] = made;
    return made;
  }

  private addAggregates(item: MapItem, { aggregates }: Selected): void {
    for (const aggregate of aggregates) {
      append(this.aggregates, aggregate, item);
      getOrMake(this.said, aggregate, () => new Set<string>()).add(portKey(item));
    }
  }

  /** An identity's entry that only repeats its aggregate's is not kept, so it need not be made (`aggregateIsEquivalent`). */
  private addIdentities(item: MapItem, { identities, undecided, missing }: Selected, partition: Partition): void {
    const key = portKey(item);
    const repeats = new Set([...this.said].filter(([, keys]) => keys.has(key)).map(([name]) => name));
    const own = repeats.size === 0 ? identities : identities.filter((id) => !repeats.has(this.aggregate(id)));
    partition.refine(own, { item });
    if (undecided.length > 0) partition.refine(undecided, { item, missing });
  }

  private addNamed(policy: PeerPolicy, direction: Direction, selected: Selected, partition: Partition): void {
    const { name } = policy.l4;
    // An ingress rule means the subject's own container port; one that the subject does not declare is dropped.
    if (direction === "ingress" || name === undefined) return;
    this.addNamedEgress(policy, selected.identities, portNameKey(name, policy.l4.protocol), partition);
    for (const id of selected.undecided) this.addNamedUndecided(policy, id, selected.missing, partition);
  }

  /** An egress rule means each peer's own container port of that name, so it is held per identity even for everybody. */
  private addNamedEgress(
    { peer, l4, item }: PeerPolicy,
    ids: readonly number[],
    name: string,
    partition: Partition,
  ): void {
    const byPort = new Map<number, number[]>();
    const wanted = isWildcard(peer) ? this.identities.keys() : ids;
    for (const id of wanted) {
      const port = this.identities[id]?.namedPorts.get(name);
      if (port === undefined) continue;
      append(byPort, port, id);
    }
    for (const [port, same] of byPort) partition.refine(same, { item: mapItem(item, l4.protocol, port, 0) });
  }

  private addNamedUndecided(
    { l4, item }: PeerPolicy,
    id: number,
    missing: string | undefined,
    partition: Partition,
  ): void {
    const port = this.identities[id]?.namedPorts.get(portNameKey(l4.name ?? "", l4.protocol));
    if (port !== undefined) partition.refine([id], { item: mapItem(item, l4.protocol, port, 0), missing });
  }
}

/** The policy map's entry of a rule, unless each peer has its own because the rule names the peer's port. */
function portItem(
  { l4, item }: PeerPolicy,
  { direction, namedPorts }: { direction: Direction; namedPorts: ReadonlyMap<string, number> },
): MapItem | undefined {
  if (l4.name === undefined) return mapItem(item, l4.protocol, l4.port, l4.endPort);
  const port = direction === "ingress" ? namedPorts.get(portNameKey(l4.name, l4.protocol)) : undefined;
  return port === undefined ? undefined : mapItem(item, l4.protocol, port, l4.endPort);
}

/** Member by member: items are made by the hundred thousand, and a spread takes ten times as long. */
function mapItem(item: PeerPolicy["item"], protocol: number, port: number, endPort: number): MapItem {
  const { precedence, deny, redirect, authentication, origins } = item;
  return { protocol, port, endPort, precedence, deny, redirect, authentication, origins };
}

/** Equal for items with the same port and precedence, and the same authentication. */
function portKey({ protocol, port, endPort, precedence, authentication }: MapItem): string {
  return `${protocol} ${port} ${endPort} ${precedence} ${authentication}`;
}
