import { getOrMake, present } from "../../common/maps";
import { type Decision, NO_DECISION, type NumberedDecision, type SharedDecisions } from "./decision";
import type { Aggregate } from "./identity";
import { joinDecisions } from "./join-decisions";
import type { MapItem } from "./lookup";
import { type Decider, decide } from "./model";
import { EndpointPolicy } from "./subject";

/** The policy of an endpoint under one of the configurations that its agent may have. */
export interface PossiblePolicy {
  decider: Decider;
  /** The aggregate of an identity, which depends on the configuration. */
  aggregate(identity: number): Aggregate;
}

/** The policy of an endpoint whose agent's configuration is not known: what all possible configurations agree on; the rest is unknown. */
export class EitherPolicy extends EndpointPolicy {
  readonly selected: ReadonlySet<number>;
  private readonly items = new Map<Aggregate | number, readonly MapItem[]>();
  private readonly combined = new Map<string, NumberedDecision>();

  /**
   * @param identities The number of identities.
   * @param reclassified The identities whose aggregate differs between the configurations.
   * @param missing The missing fact, in words.
   */
  constructor(
    private readonly possible: readonly PossiblePolicy[],
    private readonly identities: number,
    reclassified: Iterable<number>,
    private readonly missing: string,
    private readonly shared: SharedDecisions,
  ) {
    super();
    const policies = possible.flatMap(({ decider }) => (decider instanceof EndpointPolicy ? [decider] : []));
    this.selected = new Set([...reclassified, ...policies.flatMap((policy) => [...policy.selected])]);
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
    return this.combine(
      this.possible.map(({ decider }) =>
        decider instanceof EndpointPolicy ? decider.decideOthers(aggregate, protocol, port) : decider,
      ),
    );
  }

  decide(peer: number, protocol: number, port: number): NumberedDecision {
    return this.combine(this.possible.map(({ decider }) => decide(decider, peer, protocol, port)));
  }

  decisions(protocol: number, port: number): Int32Array {
    const each = this.possible.map(({ decider }) =>
      decider instanceof EndpointPolicy ? decider.decisions(protocol, port) : (decider?.number ?? NO_DECISION),
    );
    return Int32Array.from({ length: this.identities }, (_, peer) => {
      const numbers = each.map((one) => (typeof one === "number" ? one : present(one[peer], `a decision on ${peer}`)));
      return this.combine(numbers.map((number) => this.shared.at(number))).number;
    });
  }

  private combine(all: readonly (NumberedDecision | undefined)[]): NumberedDecision {
    const numbers = all.map((one) => one?.number ?? NO_DECISION);
    return getOrMake(this.combined, numbers.join(), () =>
      this.shared.of(joinDecisions(all, this.missing) ?? ALLOWED_BY_NO_POLICY),
    );
  }
}

const ALLOWED_BY_NO_POLICY: Decision = { verdict: "allowed", origins: [], l7: false };
