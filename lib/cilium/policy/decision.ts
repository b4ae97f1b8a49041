import { getOrMake, present } from "../../common/maps";
import type { UnknownSettings } from "../../scenario/scenario";
import { matchText, type ProxiedMatch } from "./proxied";

/** What one end decides about a flow. */
export interface Decision {
  verdict: "allowed" | "denied" | "unknown";
  /** Places in the list of policies; negative are Cilium's defaults, see {@link Origin}. */
  origins: readonly number[];
  l7: boolean;
  /** What the proxy lets through, where the flow is handed to it. */
  proxied?: readonly ProxiedMatch[];
  /** The mode of Cilium's own authentication that the rules which allow it ask for. What cannot have it is denied. */
  authentication?: string;
  /** What would have to be known. */
  missing?: string;
  /** Of what is unknown: the rules that it depends on, as a text that is equal for equal ones. */
  doubt?: string;
}

/** The number of no decision: nobody decides. What a table was not filled with is 0, which is no answer at all. */
export const NOBODY = 1;

/** A decision of which there is one object only, see {@link SharedDecisions}. */
export interface NumberedDecision extends Decision {
  /** Its own, above {@link NOBODY}. */
  number: number;
}

/** Origins that are no policy. */
export const Origin = { AllowAnyIngress: -1, AllowAnyEgress: -2, AllowLocalhost: -3 } as const;

/** One object for all decisions that say the same, whichever subject makes them, so that they can be told apart by identity. */
export class SharedDecisions {
  /**
   * @param doubts Settings that are not known, under which it may be decided otherwise.
   * @param canAuthenticate Whether agents process what asks for authentication; where not, it is dropped all the same (`auth_lookup`). Where nothing
   *   says it, a decision is the policy map's, which allows it.
   */
  constructor(
    private readonly doubts: UnknownSettings = {},
    private readonly canAuthenticate?: boolean,
  ) {}

  private readonly byText = new Map<string, NumberedDecision>();
  private readonly made: NumberedDecision[] = [];

  /** @param isNode It is about a node, which only the host firewall fences. */
  of(given: Decision, isNode = false): NumberedDecision {
    const decision = this.withDoubts(this.authenticated(given), isNode);
    const { verdict, origins, l7, proxied = [], authentication = "", missing, doubt } = decision;
    return getOrMake(
      this.byText,
      `${verdict} ${l7} ${authentication} ${origins.join()} ${proxied.map(matchText).join()} ${missing ?? ""} ${doubt ?? ""}`,
      () => {
        const shared = { ...decision, number: this.last + 1 };
        this.made.push(shared);
        return shared;
      },
    );
  }

  private authenticated(decision: Decision): Decision {
    const { verdict, authentication } = decision;
    if (verdict !== "allowed" || authentication === undefined || this.canAuthenticate === undefined) return decision;
    return this.canAuthenticate && authentication === "required" ? decision : { ...decision, verdict: "denied" };
  }

  private withDoubts(decision: Decision, isNode: boolean): Decision {
    const { policyEnforcement, auditMode, hostFirewall } = this.doubts;
    const isByDefault = decision.origins.some(
      (origin) => origin === Origin.AllowAnyIngress || origin === Origin.AllowAnyEgress,
    );
    const missing =
      decision.verdict === "denied"
        ? (policyEnforcement ?? auditMode ?? (isNode ? hostFirewall : undefined))
        : decision.verdict === "allowed" && isByDefault
          ? policyEnforcement
          : undefined;
    if (missing === undefined) return decision;
    return { verdict: "unknown", origins: [], l7: false, missing, doubt: decision.verdict };
  }

  /** The decision with a number; undefined for {@link NOBODY}. */
  at(number: number): NumberedDecision | undefined {
    return number === NOBODY ? undefined : present(this.made[number - NOBODY - 1], `decision ${number}`);
  }

  /** The highest number. */
  get last(): number {
    return this.made.length + NOBODY;
  }
}
