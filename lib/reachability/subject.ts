import type { Direction, Entry } from "./entries";
import { type Conflict, defaultPolicy, mergeFilters, type PeerPolicy } from "./filters";
import { AGGREGATES, type Aggregate, type Identity } from "./identity";
import { RESERVED_SOURCE } from "./labels";
import { aggregateLevels, type Found, type Levels, lookup, type MapItem } from "./lookup";
import { append, getOrMake } from "./maps";
import { isWildcard, labelPeer } from "./peer";
import { portNameKey } from "./ports";
import type { Selected, Selections } from "./selections";
import { selectorOf, WILDCARD } from "./selector";

/** What one end decides about a flow. */
export interface Decision {
  verdict: "allowed" | "denied" | "unknown";
  /** Places in the list of policies; negative are Cilium's defaults, see {@link Origin}. */
  origins: readonly number[];
  l7: boolean;
  /** What would have to be known. */
  missing?: string;
}

/** A decision of which there is one object only, see {@link SharedDecisions}. */
export interface NumberedDecision extends Decision {
  /** Its place among the decisions, from 1 on. */
  number: number;
}

/** Origins that are no policy. */
export const Origin = { AllowAnyIngress: -1, AllowAnyEgress: -2, AllowLocalhost: -3 } as const;

/** An item that is or may be in the policy map for a group of peers. */
interface Candidate {
  item: MapItem;
  /** What would have to be known to say whether it is. */
  missing?: string;
}

/** The decisions on one port, by group of peers and then by aggregate, made when first asked for. */
interface PortDecisions {
  aggregates: readonly Levels[];
  decisions: (NumberedDecision | undefined)[];
}

/** The policy of one subject in one direction, distilled for all peers. */
export class SubjectPolicy {
  private readonly aggregates = new Map<Aggregate, MapItem[]>();
  /** Peers by the candidates that they share; those in no group share none. */
  private readonly groupOf: ReadonlyMap<number, number>;
  private readonly groups: readonly Group[];
  private readonly byPort = new Map<number, PortDecisions>();
  private readonly conflict: string | undefined;

  constructor(
    policies: PeerPolicy[] | Conflict,
    subject: { direction: Direction; namedPorts: ReadonlyMap<string, number> },
    private readonly identities: readonly Identity[],
    private readonly selections: Selections,
    private readonly shared: SharedDecisions,
  ) {
    if ("conflict" in policies) {
      this.conflict = policies.conflict;
      this.groupOf = new Map();
      this.groups = [];
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

  /** The identities that some rule selects by name; about the others all is said by their aggregates. */
  get selected(): Iterable<number> {
    return this.groupOf.keys();
  }

  /** What is decided about every identity of an aggregate that is not {@link selected}. */
  decideOthers(aggregate: Aggregate, protocol: number, port: number): NumberedDecision {
    return this.decideGroup(0, aggregate, protocol, port);
  }

  decide(peer: number, protocol: number, port: number): NumberedDecision {
    return this.decideGroup(this.groupOf.get(peer) ?? 0, this.identities[peer]?.aggregate ?? "any", protocol, port);
  }

  /** For every identity, whether it passes: 1 or 0. */
  passing(protocol: number, port: number): Uint8Array {
    const row = new Uint8Array(this.identities.length);
    return this.fillRow(row, protocol, port, ({ verdict }) => (verdict === "allowed" ? 1 : 0));
  }

  /** For every identity, the number of what is decided about it. */
  decisions(protocol: number, port: number): Int32Array {
    return this.fillRow(new Int32Array(this.identities.length), protocol, port, ({ number }) => number);
  }

  /** Only the identities that some rule selects are looked at one by one. */
  private fillRow<Row extends Uint8Array | Int32Array>(
    row: Row,
    protocol: number,
    port: number,
    entryOf: (decision: NumberedDecision) => number,
  ): Row {
    const entry = (group: number, aggregate: Aggregate) => entryOf(this.decideGroup(group, aggregate, protocol, port));
    row.fill(entry(0, "aggregate-cluster"));
    for (const peer of this.selections.outsiders) row[peer] = entry(0, this.identities[peer]?.aggregate ?? "any");
    this.groupOf.forEach((group, peer) => {
      row[peer] = entry(group, this.identities[peer]?.aggregate ?? "any");
    });
    return row;
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
    const made = this.shared.of(evaluate(this.groups[group] ?? NO_GROUP, aggregates[number] ?? [], protocol, port));
    decisions[place] = made;
    return made;
  }

  private addAggregates(item: MapItem, { aggregates }: Selected): void {
    for (const aggregate of aggregates) {
      append(this.aggregates, aggregate, item);
    }
  }

  /** An identity's entry that only repeats its aggregate's is not kept, so it need not be made (`aggregateIsEquivalent`). */
  private addIdentities(item: MapItem, { identities, undecided, missing }: Selected, partition: Partition): void {
    const repeats = new Set(
      [...this.aggregates].filter(([, items]) => items.some((other) => isSame(item, other))).map(([name]) => name),
    );
    const own =
      repeats.size === 0
        ? identities
        : identities.filter((id) => !repeats.has(this.identities[id]?.aggregate ?? "any"));
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

/** One object for all decisions that say the same, whichever subject makes them, so that they can be told apart by identity. */
export class SharedDecisions {
  private readonly byText = new Map<string, NumberedDecision>();
  private readonly made: NumberedDecision[] = [];

  of(decision: Decision): NumberedDecision {
    const { verdict, origins, l7, missing } = decision;
    return getOrMake(this.byText, `${verdict} ${l7} ${origins.join()} ${missing ?? ""}`, () => {
      const shared = { ...decision, number: this.made.length + 1 };
      this.made.push(shared);
      return shared;
    });
  }

  /** The decision with a number; none has 0. */
  at(number: number): NumberedDecision | undefined {
    return this.made[number - 1];
  }

  /** How many there are. */
  get count(): number {
    return this.made.length;
  }
}

/** Peers for whom the same items are in the policy map, or may be. */
interface Group {
  certain: readonly MapItem[];
  candidates: readonly Candidate[];
  missing: string | undefined;
}

const NO_GROUP: Group = { certain: [], candidates: [], missing: undefined };

function evaluate(
  { certain, candidates, missing }: Group,
  aggregate: Levels,
  protocol: number,
  port: number,
): Decision {
  const decision = decisionOf(lookup(certain, aggregate, protocol, port));
  if (missing === undefined) return decision;
  // Rules only ever open or only ever close: the two extremes tell whether the rest matters.
  const find = (deny: boolean) => {
    const items = candidates.filter((candidate) => candidate.missing === undefined || candidate.item.deny === deny);
    return decisionOf(
      lookup(
        items.map(({ item }) => item),
        aggregate,
        protocol,
        port,
      ),
    );
  };
  return find(true).verdict === find(false).verdict
    ? decision
    : { verdict: "unknown", origins: [], l7: false, missing };
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

function isSame(a: MapItem, b: MapItem): boolean {
  const samePort = a.protocol === b.protocol && a.port === b.port && a.endPort === b.endPort;
  return samePort && a.precedence === b.precedence && a.authentication === b.authentication;
}

function decisionOf(found: Found | undefined): Decision {
  if (found === undefined) return DENIED;
  return { verdict: found.deny ? "denied" : "allowed", origins: found.origins, l7: found.redirect };
}

const DENIED: Decision = { verdict: "denied", origins: [], l7: false };

/**
 * Splits the peers into groups that share the same candidates. Each candidate that applies to some of a group splits it; the cost is the
 * number of peers that the rules select, not the number of peers.
 */
class Partition {
  readonly groupOf = new Map<number, number>();
  readonly groups: Group[] = [NO_GROUP];

  refine(peers: readonly number[], candidate: Candidate): void {
    const split = new Map<number, number>();
    for (const peer of peers) {
      const from = this.groupOf.get(peer) ?? 0;
      const to = getOrMake(split, from, () => this.groups.push(joined(this.groups[from] ?? NO_GROUP, candidate)) - 1);
      this.groupOf.set(peer, to);
    }
  }
}

function joined({ certain, candidates, missing }: Group, candidate: Candidate): Group {
  return {
    certain: candidate.missing === undefined ? [...certain, candidate.item] : certain,
    candidates: [...candidates, candidate],
    missing: missing ?? candidate.missing,
  };
}

const EVERYBODY = labelPeer(WILDCARD);
const HOST = labelPeer(selectorOf(RESERVED_SOURCE, "host"));

/**
 * The policy of a subject in one direction from the entries that select it (`computePolicyEnforcementAndRules`).
 *
 * Nothing selects it: everything is allowed. Rules without default deny: what they do not mention is allowed. Otherwise it is denied, but
 * for the node's own traffic to its pods, which Kubernetes' probes need; Cilium allows that in the lowest tier, so that a deny overrides it.
 */
export function subjectPolicies(
  entries: readonly Entry[],
  direction: Direction,
  isInit: boolean,
): PeerPolicy[] | Conflict {
  const any = direction === "ingress" ? Origin.AllowAnyIngress : Origin.AllowAnyEgress;
  // A pod that Cilium takes for one without labels yet is denied everything, even what the node itself sends.
  if (entries.length === 0) return isInit ? [] : [defaultPolicy(EVERYBODY, any, "normal")];
  const merged = mergeFilters(entries, "normal");
  if ("conflict" in merged) return merged;
  if (!isInit && !entries.some(({ defaultDeny }) => defaultDeny))
    return [...merged, defaultPolicy(EVERYBODY, any, "default")];
  return direction === "ingress" ? [...merged, defaultPolicy(HOST, Origin.AllowLocalhost, "default")] : merged;
}
