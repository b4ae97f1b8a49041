import { append, getOrMake, present } from "../../common/maps";
import { networkOf, type Prefix, parsePrefixLabel } from "../../kubernetes/cidr";
import type { ClusterFacts } from "../../scenario/scenario";
import { CIDR_SOURCE, type LabelSet } from "../api/labels";
import { doubtOf, type Requirement, type Selector, selects } from "../api/selector";
import { AGGREGATES, type Aggregate, aggregateLabels, type Identity } from "./identity";
import {
  type CidrPeer,
  type GroupPeer,
  isWildcard,
  type Peer,
  type Selection,
  selectsByAddress,
  type UnseenPeer,
} from "./peer";

/** The identities that a peer selects, by their place in the list of identities. */
export interface Selected {
  identities: readonly number[];
  /** Of which it is not known, and what would have to be. */
  undecided: readonly number[];
  missing?: string | undefined;
  /** The aggregates that the peer selects as a whole. */
  aggregates: ReadonlySet<Aggregate>;
}

/**
 * Which identities each selector selects, each selector evaluated once: an index by label gives the few candidates of its most telling
 * requirement, and only those are tried.
 */
export class Selections {
  private readonly bySelector = new Map<string, readonly number[]>();
  private readonly byPeer = new Map<string, Selected>();
  /** Label key to value to identities. */
  private readonly index = new Map<string, Map<string, number[]>>();
  private readonly everyone: readonly number[];
  /** The identities of which not all labels are known. */
  private readonly unsure: readonly number[];
  /** API servers of which no address is known. */
  private readonly placeless: readonly number[];
  /** By family and length of a prefix, the identities in each network. */
  private readonly byNetwork = new Map<string, Map<bigint, number[]>>();
  /** The identities that are no pods of the own cluster. */
  readonly outsiders: readonly number[];

  constructor(
    private readonly identities: readonly Identity[],
    private readonly cluster: ClusterFacts | undefined,
    private readonly undecided: "unknown" | "no match" = "unknown",
  ) {
    this.everyone = identities.map((_, id) => id);
    this.unsure = this.everyone.filter((id) => (identities[id]?.labels.unknown.size ?? 0) > 0);
    this.placeless = this.everyone.filter((id) => {
      const labels = identities[id]?.labels;
      return labels?.hasKey("kube-apiserver") === true && labels.blocks.length === 0;
    });
    this.outsiders = this.everyone.filter((id) => identities[id]?.aggregate !== "aggregate-cluster");
    for (const [id, { labels }] of identities.entries()) {
      for (const { key, value } of labels) {
        append(
          getOrMake(this.index, key, () => new Map<string, number[]>()),
          value,
          id,
        );
      }
    }
  }

  /** The identities that a selector selects, in ascending order. */
  selected(selector: Selector): readonly number[] {
    return getOrMake(this.bySelector, selector.text, () => {
      const found = this.candidates(selector).filter((id) => {
        const identity = this.identities[id];
        return identity !== undefined && identity.labels.unknown.size === 0 && selects(selector, identity.labels);
      });
      const unsure = this.unsure.filter((id) => {
        const labels = this.labelsOf(id);
        return selects(selector, labels) && this.doubt(selector, labels) === undefined;
      });
      return unsure.length === 0 ? found : [...found, ...unsure].sort((a, b) => a - b);
    });
  }

  /** Those of which it is not known whether a selector selects them, and what would have to be. */
  maybeSelected(selector: Selector): ReadonlyMap<number, string> {
    const found = new Map<number, string>();
    for (const id of this.undecided === "unknown" ? this.unsure : []) {
      const missing = doubtOf(selector, this.labelsOf(id));
      if (missing !== undefined) found.set(id, missing);
    }
    return found;
  }

  private labelsOf(id: number): LabelSet {
    return present(this.identities[id], `identity ${id}`).labels;
  }

  /** Where only labels that are known count, there is none. */
  private doubt(selector: Selector, labels: LabelSet): string | undefined {
    return this.undecided === "unknown" ? doubtOf(selector, labels) : undefined;
  }

  /** The identities that a rule's peer selects. */
  selectedBy(peer: Peer): Selected {
    return getOrMake(this.byPeer, peer.text, () => {
      if (peer.kind === "labels") return this.byLabels(peer.selector);
      return peer.kind === "unseen" ? this.maybe(peer) : this.byAddress(peer);
    });
  }

  private maybe({ missing, selector, within }: UnseenPeer): Selected {
    if (within !== undefined) {
      const undecided = this.undecided === "unknown" ? this.within(within) : [];
      return { identities: [], undecided, missing, aggregates: new Set() };
    }
    if (this.undecided === "no match" && selector !== undefined) return this.byLabels(selector);
    return {
      identities: [],
      undecided: this.undecided === "unknown" ? this.everyone : [],
      missing,
      aggregates: new Set(),
    };
  }

  /** All that may be among the peers. What is not known of an address is not known of these either. */
  private within(peer: Peer): readonly number[] {
    // Which addresses nodes and pods have is mostly not said.
    if (peer.kind === "cidr" && (this.cluster?.cidrMatchMode ?? []).length > 0) return this.everyone;
    if (isWildcard(peer)) return this.everyone;
    const { identities, undecided } = this.selectedBy(peer);
    return [...new Set([...identities, ...undecided])].sort((a, b) => a - b);
  }

  private byLabels(selector: Selector): Selected {
    // The wildcard stands in a policy map for every aggregate and for no single identity.
    if (selector.requirements.length === 0) return { identities: [], undecided: [], aggregates: new Set(AGGREGATES) };
    const aggregates = AGGREGATES.filter(
      (aggregate) => aggregate !== "any" && selects(selector, aggregateLabels(aggregate)),
    );
    const maybe = this.maybeSelected(selector);
    const [missing] = maybe.values();
    return {
      identities: this.selected(selector),
      undecided: [...maybe.keys()],
      ...(missing !== undefined && { missing }),
      aggregates: new Set(aggregates),
    };
  }

  private byAddress(peer: CidrPeer | GroupPeer): Selected {
    const identities: number[] = [];
    const undecided: number[] = [];
    let missing: string | undefined;
    for (const id of this.addressed(peer)) {
      const selection = selectsByAddress(peer, this.labelsOf(id), this.cluster);
      if (typeof selection === "object" && this.undecided === "unknown") {
        undecided.push(id);
        missing ??= selection.missing;
      } else if (byLabels(selection)) identities.push(id);
    }
    // An aggregate has no address that would have to be known. Where CIDRs match pods, "in no such group" holds for it, and so for everybody.
    const aggregates = AGGREGATES.filter(
      (aggregate) => aggregate !== "any" && byLabels(selectsByAddress(peer, aggregateLabels(aggregate), this.cluster)),
    );
    return { identities, undecided, missing, aggregates: new Set(aggregates) };
  }

  /** Those that a block may select: all, where more than the addresses of the world counts. */
  private addressed(peer: CidrPeer | GroupPeer): readonly number[] {
    if (peer.kind === "group" || peer.missing !== undefined || peer.byGroupLabels === true) return this.everyone;
    const { cidrMatchMode = [], unknown } = this.cluster ?? {};
    const [block] = peer.requirements;
    if (cidrMatchMode.length > 0 || unknown?.cidrMatchMode !== undefined || block?.operator !== "Exists")
      return this.everyone;
    const prefix = block.source === CIDR_SOURCE ? parsePrefixLabel(block.key) : undefined;
    if (prefix === undefined) return this.everyone;
    const { family, bits, address } = prefix;
    const byNetwork = getOrMake(this.byNetwork, `${family} ${bits}`, () => this.networks(family, bits));
    return byNetwork.get(address) ?? this.placeless;
  }

  /** The identities in each network of a size, with API servers that may be in it. */
  private networks(family: Prefix["family"], bits: number): Map<bigint, number[]> {
    const found = new Map<bigint, number[]>();
    for (const [id, { labels }] of this.identities.entries()) {
      const within = labels.blocks.filter((block) => block.family === family && block.bits >= bits);
      for (const address of new Set(within.map((block) => networkOf(block, bits)))) append(found, address, id);
    }
    for (const [address, ids] of found)
      found.set(
        address,
        [...ids, ...this.placeless].sort((a, b) => a - b),
      );
    return found;
  }

  private candidates({ requirements }: Selector): readonly number[] {
    let best = this.everyone;
    for (const requirement of requirements) {
      const ids = this.indexed(requirement);
      if (ids !== undefined && ids.length < best.length) best = ids;
    }
    return best;
  }

  /** The identities that may meet a requirement; undefined where the index cannot tell. */
  private indexed({ source, key, operator, values }: Requirement): readonly number[] | undefined {
    // A `cidr:` key matches by containment, so it is not looked up by name.
    if (source === "cidr" || operator === "NotIn" || operator === "DoesNotExist") return undefined;
    const byValue = this.index.get(key);
    if (byValue === undefined) return [];
    const wanted = operator === "Exists" ? [...byValue.keys()] : values;
    if (wanted.length === 1) return byValue.get(wanted[0] ?? "") ?? [];
    return wanted.flatMap((value) => byValue.get(value) ?? []).sort((a, b) => a - b);
  }
}

function byLabels(selection: Selection): boolean {
  return typeof selection === "object" ? selection.otherwise : selection;
}
