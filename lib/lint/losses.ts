import type { Direction } from "../cilium/api/peer-lists";
import { getOrMake } from "../common/maps";
import type { Flow } from "../scenario/scenario";
import type { KnownEndpoint, LintContext, PlacedRule } from "./context";
import type { FindingData, Observation } from "./finding";
import { idsOf, names } from "./text";

export const isMeshed = ({ facts }: KnownEndpoint) => facts.mesh?.injected === true;

/** What a pod loses: in words, and as the facts that these words contain. */
export interface Loss {
  words: string;
  data: FindingData;
}

/** Collects what pods lose in one direction, by the rule that turned default deny on for them. */
export class Losses {
  private readonly byRule = new Map<PlacedRule, Map<string, { loss: Loss; pods: KnownEndpoint[] }>>();

  constructor(
    private readonly context: LintContext,
    private readonly direction: Direction,
  ) {}

  add(pod: KnownEndpoint, loss: Loss): void {
    const rules = this.context.rulesOf(pod);
    const blamed =
      rules.find((rule) => turnsDefaultDenyOn(rule, this.direction)) ??
      rules.find(({ rule }) => denies(rule, this.direction));
    if (blamed === undefined) return;
    const losses = getOrMake(this.byRule, blamed, () => new Map<string, { loss: Loss; pods: KnownEndpoint[] }>());
    getOrMake(losses, JSON.stringify(loss), () => ({ loss, pods: [] })).pods.push(pod);
  }

  *observations(describe: (pods: string, lost: string) => string): Iterable<Observation> {
    for (const [{ policy, path, rule }, losses] of this.byRule)
      for (const { loss, pods } of losses.values()) {
        const field = rule[this.direction]?.length ? this.direction : `${this.direction}Deny`;
        const data = { ...loss.data, pods: idsOf(pods) };
        yield { policy, path: [...path, field], data, message: describe(names(pods), loss.words) };
      }
  }
}

export function turnsDefaultDenyOn({ rule }: PlacedRule, direction: Direction): boolean {
  const hasRules = (rule[direction] ?? []).length > 0 || denies(rule, direction);
  return hasRules && rule.enableDefaultDeny?.[direction] !== false;
}

export const denies = (rule: PlacedRule["rule"], direction: Direction) => (rule[`${direction}Deny`] ?? []).length > 0;

/** Whether one end of a flow certainly denies it. */
export function isDenied({ reachability }: LintContext, flow: Flow, direction: Direction): boolean {
  return reachability.verdict(flow)[direction] === "denied";
}
