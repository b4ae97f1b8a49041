import { getOrMake, present } from "../../common/maps";
import type { Decision } from "./decision";
import { type Aggregated, type Found, isAbout, lookup, type MapItem } from "./lookup";

/** An item that is, or may be, in the policy map for a group of peers. */
interface Candidate {
  item: MapItem;
  /** If it is not known whether it is: the missing fact, in words. */
  missing?: string | undefined;
  /** The text of the rule's peer, for candidates that may be. */
  about?: string;
}

/** Peers that share the same candidates. */
export interface Group {
  certain: readonly MapItem[];
  candidates: readonly Candidate[];
  missing: string | undefined;
}

export const NO_GROUP: Group = { certain: [], candidates: [], missing: undefined };

/**
 * Partitions the peers into groups that share the same candidates. A candidate for some members of a group splits it. The cost grows with the
 * number of peers that rules select, not with the number of all peers.
 */
export class Partition {
  readonly groupOf = new Map<number, number>();
  readonly groups: Group[] = [NO_GROUP];

  refine(peers: readonly number[], candidate: Candidate): void {
    const split = new Map<number, number>();
    for (const peer of peers) {
      const from = this.groupOf.get(peer) ?? 0;
      const to = getOrMake(
        split,
        from,
        () => this.groups.push(joined(present(this.groups[from], `group ${from}`), candidate)) - 1,
      );
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

/** The decision about the peers of a group. If no candidate decides, their aggregate does. */
export function evaluate(
  { certain, candidates, missing }: Group,
  aggregate: Aggregated,
  protocol: number,
  port: number,
): Decision {
  const decision = decisionOf(lookup(certain, aggregate, protocol, port));
  if (missing === undefined) return decision;
  const find = (kinds: readonly string[]) => {
    const items = candidates.filter(
      (candidate) => candidate.missing === undefined || kinds.includes(kindOf(candidate)),
    );
    return decisionOf(
      lookup(
        items.map(({ item }) => item),
        aggregate,
        protocol,
        port,
      ),
    );
  };
  // Allows and denies are monotonic, so that the two extremes tell whether the uncertain ones matter. Passes and authentication are not.
  const isMonotonic = !candidates.some(({ item }) => item.passes || (!item.deny && requiresAuthentication(item)));
  const combinations = isMonotonic ? EXTREMES : everyCombination(candidates);
  const verdicts = new Set(
    combinations.map(find).map(({ verdict, authentication }) => `${verdict} ${authentication ?? ""}`),
  );
  return verdicts.size === 1
    ? decision
    : { verdict: "unknown", origins: [], l7: false, missing, dependsOn: dependencies(candidates, protocol, port) };
}

/** The uncertain candidates that an unknown verdict depends on, as text. */
function dependencies(candidates: readonly Candidate[], protocol: number, port: number): string {
  const uncertain = candidates.filter((one) => one.missing !== undefined && isAbout(one.item, protocol, port));
  const texts = uncertain.map(({ item, missing, about }) => `${item.deny} ${item.precedence} ${missing} ${about}`);
  return [...new Set(texts)].sort().join("\n");
}

const EXTREMES = [["deny"], ["allow"]];

/** Candidates of one kind have the same effect. Of those that pass, only the first one of each tier matters. */
const kindOf = ({ item }: Candidate) => {
  if (item.passes) return `pass in ${item.range.highest}`;
  if (item.deny) return "deny";
  return requiresAuthentication(item) ? "authenticate" : "allow";
};

/** Every subset of the kinds of the uncertain candidates. */
function everyCombination(candidates: readonly Candidate[]): readonly (readonly string[])[] {
  const kinds = new Set(candidates.filter(({ missing }) => missing !== undefined).map(kindOf));
  let subsets: (readonly string[])[] = [[]];
  for (const kind of kinds) subsets = subsets.flatMap((subset) => [subset, [...subset, kind]]);
  return subsets;
}

const requiresAuthentication = ({ authentication }: Pick<MapItem, "authentication">) =>
  authentication !== "" && authentication !== "disabled";

function decisionOf(found: Found | undefined): Decision {
  if (found === undefined) return DENIED;
  const { deny, origins, redirect: l7, authentication } = found;
  const isConditional = !deny && requiresAuthentication(found);
  return { verdict: deny ? "denied" : "allowed", origins, l7, ...(isConditional && { authentication }) };
}

const DENIED: Decision = { verdict: "denied", origins: [], l7: false };
