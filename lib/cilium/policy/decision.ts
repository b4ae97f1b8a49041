import { getOrMake, present } from "../../common/maps";
import type { UnknownSettings } from "../../scenario/scenario";
import { matchText, type ProxiedMatch } from "./proxied";

/** What the policies at one end of a flow decide about it. */
export interface Decision {
  verdict: "allowed" | "denied" | "unknown";
  /** Indices of the policies that decide. Negative ones are Cilium's defaults, see {@link Origin}. */
  origins: readonly number[];
  l7: boolean;
  /** What Cilium's proxy admits, if the flow is redirected to it. */
  proxied?: readonly ProxiedMatch[];
  /** The mode of Cilium's mutual authentication that the allowing rules require. Peers that cannot authenticate are denied. */
  authentication?: string;
  /** Why the verdict is unknown: the missing fact, in words. */
  missing?: string;
  /** A key for the rules that an unknown verdict depends on. Equal keys mean the same rules. */
  dependsOn?: string;
}

/** Stands for no decision, where no policy applies. Not 0, which is a table cell that was never filled. */
export const NO_DECISION = 1;

/** An interned decision, see {@link SharedDecisions}: equal decisions are the same object. */
export interface NumberedDecision extends Decision {
  /** Unique, and above {@link NO_DECISION}. */
  number: number;
}

/** Cilium's defaults, as origins. */
export const Origin = { AllowAnyIngress: -1, AllowAnyEgress: -2, AllowLocalhost: -3 } as const;

/** Interns decisions: equal ones are the same object with the same number, whichever subject makes them. */
export class SharedDecisions {
  /**
   * @param unknownSettings Settings that are not known and could change a decision. Such a decision is unknown.
   * @param canAuthenticate Whether agents have mutual authentication enabled. Without it they still drop traffic that requires it (`auth_lookup`).
   *   Default: unknown; decisions are then those of the policy map, which allows such traffic.
   */
  constructor(
    private readonly unknownSettings: UnknownSettings = {},
    private readonly canAuthenticate?: boolean,
  ) {}

  private readonly byText = new Map<string, NumberedDecision>();
  private readonly made: NumberedDecision[] = [];

  /** @param isNode Whether the subject is a node, to which policies apply only with the host firewall. */
  of(given: Decision, isNode = false): NumberedDecision {
    const decision = this.withUnknownSettings(this.authenticated(given), isNode);
    const { verdict, origins, l7, proxied = [], authentication = "", missing, dependsOn } = decision;
    return getOrMake(
      this.byText,
      `${verdict} ${l7} ${authentication} ${origins.join()} ${proxied.map(matchText).join()} ${missing ?? ""} ${dependsOn ?? ""}`,
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

  private withUnknownSettings(decision: Decision, isNode: boolean): Decision {
    const { policyEnforcement, auditMode, hostFirewall } = this.unknownSettings;
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
    return { verdict: "unknown", origins: [], l7: false, missing, dependsOn: decision.verdict };
  }

  /** The decision with a number; undefined for {@link NO_DECISION}. */
  at(number: number): NumberedDecision | undefined {
    return number === NO_DECISION ? undefined : present(this.made[number - NO_DECISION - 1], `decision ${number}`);
  }

  /** The highest number in use. */
  get last(): number {
    return this.made.length + NO_DECISION;
  }
}
