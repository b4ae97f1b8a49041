import { getOrMake, present } from "../../common/maps";
import type { Decision } from "./decision";
import { type Aggregated, type Found, isAbout, lookup, type MapItem } from "./lookup";

/** An item that is or may be in the policy map for a group of peers. */
interface Candidate {
  item: MapItem;
  /** What would have to be known to say whether it is. */
  missing?: string | undefined;
  /** Whom the rule is about, where that has to be known. */
  about?: string;
}

/** Peers for whom the same items are in the policy map, or may be. */
export interface Group {
  certain: readonly MapItem[];
  candidates: readonly Candidate[];
  missing: string | undefined;
}

export const NO_GROUP: Group = { certain: [], candidates: [], missing: undefined };

/**
 * Splits the peers into groups that share the same candidates. Each candidate that applies to some of a group splits it; the cost is the
 * number of peers that the rules select, not the number of peers.
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

/** What is decided about the peers of a group, whose aggregate decides where nothing names them. */
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
  // Rules only ever open or only ever close: the two extremes tell whether the rest matters. One that passes, or asks for authentication, may do either.
  const isMixed = candidates.some(({ item }) => item.passes || (!item.deny && asks(item)));
  const may = isMixed ? everyMix(candidates) : EXTREMES;
  const verdicts = new Set(may.map(find).map(({ verdict, authentication }) => `${verdict} ${authentication ?? ""}`));
  return verdicts.size === 1
    ? decision
    : { verdict: "unknown", origins: [], l7: false, missing, doubt: doubtOf(candidates, protocol, port) };
}

/** All that it depends on, as a text that is equal where it depends on the same. */
function doubtOf(candidates: readonly Candidate[], protocol: number, port: number): string {
  const loose = candidates.filter((one) => one.missing !== undefined && isAbout(one.item, protocol, port));
  const texts = loose.map(({ item, missing, about }) => `${item.deny} ${item.precedence} ${missing} ${about}`);
  return [...new Set(texts)].sort().join("\n");
}

const EXTREMES = [["deny"], ["allow"]];

/** Of those that pass only the first of a tier matters, but each tier may be passed or not. */
const kindOf = ({ item }: Candidate) => {
  if (item.passes) return `pass in ${item.range.highest}`;
  if (item.deny) return "deny";
  return asks(item) ? "ask" : "allow";
};

/** Some of what may be there, in each way. */
function everyMix(candidates: readonly Candidate[]): readonly (readonly string[])[] {
  const kinds = new Set(candidates.filter(({ missing }) => missing !== undefined).map(kindOf));
  let mixes: (readonly string[])[] = [[]];
  for (const kind of kinds) mixes = mixes.flatMap((mix) => [mix, [...mix, kind]]);
  return mixes;
}

/** Whether somebody has to prove who they are. */
const asks = ({ authentication }: Pick<MapItem, "authentication">) =>
  authentication !== "" && authentication !== "disabled";

function decisionOf(found: Found | undefined): Decision {
  if (found === undefined) return DENIED;
  const { deny, origins, redirect: l7, authentication } = found;
  const isAsked = !deny && asks(found);
  return { verdict: deny ? "denied" : "allowed", origins, l7, ...(isAsked && { authentication }) };
}

const DENIED: Decision = { verdict: "denied", origins: [], l7: false };
