import { getOrMake, present } from "../../common/maps";
import { type Decision, NOBODY, type NumberedDecision, type SharedDecisions } from "./decision";
import type { Aggregate } from "./identity";
import { joinDecisions } from "./join-decisions";
import type { MapItem } from "./lookup";
import { type Decider, decide } from "./model";
import { EndpointPolicy } from "./subject";

/** One of the agents that an endpoint may have. */
export interface Possible {
  decider: Decider;
  /** The class of an identity, which depends on how the agent is set. */
  aggregate(identity: number): Aggregate;
}

/** What is decided about an endpoint of which it is not known how its agent is set: what all agents that it may have say alike, and else nobody knows. */
export class EitherPolicy extends EndpointPolicy {
  readonly selected: ReadonlySet<number>;
  private readonly items = new Map<Aggregate | number, readonly MapItem[]>();
  private readonly joined = new Map<string, NumberedDecision>();

  /**
   * @param identities How many there are.
   * @param unlike The identities that are of another class to one agent than to another.
   * @param missing What would have to be known.
   */
  constructor(
    private readonly possible: readonly Possible[],
    private readonly identities: number,
    unlike: Iterable<number>,
    private readonly missing: string,
    private readonly shared: SharedDecisions,
  ) {
    super();
    const policies = possible.flatMap(({ decider }) => (decider instanceof EndpointPolicy ? [decider] : []));
    this.selected = new Set([...unlike, ...policies.flatMap((policy) => [...policy.selected])]);
  }

  *lists(): Generator<readonly MapItem[]> {
    for (const { decider } of this.possible) if (decider instanceof EndpointPolicy) yield* decider.lists();
  }

  itemsOf(peer: Aggregate | number): readonly MapItem[] {
    return getOrMake(this.items, peer, () =>
      this.possible.flatMap(({ decider, aggregate }) => {
        if (!(decider instanceof EndpointPolicy)) return [];
        const own = decider.itemsOf(peer);
        return typeof peer === "string" ? own : [...own, ...decider.itemsOf(aggregate(peer))];
      }),
    );
  }

  decideOthers(aggregate: Aggregate, protocol: number, port: number): NumberedDecision {
    return this.join(
      this.possible.map(({ decider }) =>
        decider instanceof EndpointPolicy ? decider.decideOthers(aggregate, protocol, port) : decider,
      ),
    );
  }

  decide(peer: number, protocol: number, port: number): NumberedDecision {
    return this.join(this.possible.map(({ decider }) => decide(decider, peer, protocol, port)));
  }

  decisions(protocol: number, port: number): Int32Array {
    const each = this.possible.map(({ decider }) =>
      decider instanceof EndpointPolicy ? decider.decisions(protocol, port) : (decider?.number ?? NOBODY),
    );
    return Int32Array.from({ length: this.identities }, (_, peer) => {
      const numbers = each.map((one) => (typeof one === "number" ? one : present(one[peer], `a decision on ${peer}`)));
      return this.join(numbers.map((number) => this.shared.at(number))).number;
    });
  }

  private join(all: readonly (NumberedDecision | undefined)[]): NumberedDecision {
    const numbers = all.map((one) => one?.number ?? NOBODY);
    return getOrMake(this.joined, numbers.join(), () =>
      this.shared.of(joinDecisions(all, this.missing) ?? LET_THROUGH),
    );
  }
}

/** Where no agent decides. */
const LET_THROUGH: Decision = { verdict: "allowed", origins: [], l7: false };
