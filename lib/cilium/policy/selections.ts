import { append, getOrMake, present } from "../../common/maps";
import { networkOf, type Prefix, parsePrefixLabel } from "../../kubernetes/cidr";
import type { ClusterFacts } from "../../scenario/scenario";
import { CIDR_SOURCE, type LabelSet } from "../api/labels";
import { missingFact, type Requirement, type Selector, selects } from "../api/selector";
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

/** The identities that a peer selects, by index. */
export interface Selected {
  identities: readonly number[];
  /** The identities for which it is not known. */
  undecided: readonly number[];
  /** The missing fact for those, in words. */
  missing?: string | undefined;
  /** The aggregates that the peer selects as a whole. */
  aggregates: ReadonlySet<Aggregate>;
}

/**
 * The identities that each selector selects; each selector is evaluated once. An index by label yields the candidates of its most selective
 * requirement, and only those are matched.
 */
export class Selections {
  private readonly bySelector = new Map<string, readonly number[]>();
  private readonly byPeer = new Map<string, Selected>();
  /** Identities by label key and value. */
  private readonly index = new Map<string, Map<string, number[]>>();
  private readonly everyone: readonly number[];
  /** The identities with labels that are not known. */
  private readonly unsure: readonly number[];
  /** API servers without a known address. */
  private readonly unplaced: readonly number[];
  /** The identities in each network, by address family and prefix length. */
  private readonly byNetwork = new Map<string, Map<bigint, number[]>>();
  /** All identities except this cluster's pods. */
  readonly outsiders: readonly number[];

  constructor(
    private readonly identities: readonly Identity[],
    private readonly cluster: ClusterFacts | undefined,
    private readonly undecided: "unknown" | "no match" = "unknown",
  ) {
    this.everyone = identities.map((_, id) => id);
    this.unsure = this.everyone.filter((id) => (identities[id]?.labels.unknown.size ?? 0) > 0);
    this.unplaced = this.everyone.filter((id) => {
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
        return selects(selector, labels) && this.missingFor(selector, labels) === undefined;
      });
      return unsure.length === 0 ? found : [...found, ...unsure].sort((a, b) => a - b);
    });
  }

  /** The identities for which it is not known whether a selector selects them, with the missing fact of each. */
  maybeSelected(selector: Selector): ReadonlyMap<number, string> {
    const found = new Map<number, string>();
    for (const id of this.undecided === "unknown" ? this.unsure : []) {
      const missing = missingFact(selector, this.labelsOf(id));
      if (missing !== undefined) found.set(id, missing);
    }
    return found;
  }

  private labelsOf(id: number): LabelSet {
    return present(this.identities[id], `identity ${id}`).labels;
  }

  /** The missing fact, if any. With `no match`, only known labels count, and nothing is missing. */
  private missingFor(selector: Selector, labels: LabelSet): string | undefined {
    return this.undecided === "unknown" ? missingFact(selector, labels) : undefined;
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

  /** The identities that a peer selects or may select. */
  private within(peer: Peer): readonly number[] {
    // The addresses of nodes and pods are mostly not known.
    if (peer.kind === "cidr" && (this.cluster?.cidrMatchMode ?? []).length > 0) return this.everyone;
    if (isWildcard(peer)) return this.everyone;
    const { identities, undecided } = this.selectedBy(peer);
    return [...new Set([...identities, ...undecided])].sort((a, b) => a - b);
  }

  private byLabels(selector: Selector): Selected {
    // In a policy map, the wildcard is an entry for each aggregate and for no single identity.
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
    // An aggregate has no address that could be missing. If CIDRs match pods, "in no such group" holds for it, and thus for everybody.
    const aggregates = AGGREGATES.filter(
      (aggregate) => aggregate !== "any" && byLabels(selectsByAddress(peer, aggregateLabels(aggregate), this.cluster)),
    );
    return { identities, undecided, missing, aggregates: new Set(aggregates) };
  }

  /** The identities that a block may select: all of them, if it may match more than addresses of the world. */
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
    return byNetwork.get(address) ?? this.unplaced;
  }

  /** The identities in each network of this size, including API servers that may be in it. */
  private networks(family: Prefix["family"], bits: number): Map<bigint, number[]> {
    const found = new Map<bigint, number[]>();
    for (const [id, { labels }] of this.identities.entries()) {
      const within = labels.blocks.filter((block) => block.family === family && block.bits >= bits);
      for (const address of new Set(within.map((block) => networkOf(block, bits)))) append(found, address, id);
    }
    for (const [address, ids] of found)
      found.set(
        address,
        [...ids, ...this.unplaced].sort((a, b) => a - b),
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

  /** The identities that may meet a requirement; undefined if the index cannot tell. */
  private indexed({ source, key, operator, values }: Requirement): readonly number[] | undefined {
    // A `cidr:` key matches by containment, which the index does not support.
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
