import { getOrMake } from "../../common/maps";

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
