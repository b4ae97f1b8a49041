import type { Direction } from "../cilium/api/peer-lists";
import { append } from "../common/maps";
import type { Flow } from "../scenario/scenario";
import type { KnownEndpoint, LintContext, PlacedRule } from "./context";
import type { Observation } from "./finding";
import { names } from "./text";

export const isMeshed = ({ facts }: KnownEndpoint) => facts.mesh?.injected === true;

/** Collects what pods lose in one direction, by the rule that turned default deny on for them. */
export class Losses {
  private readonly byRule = new Map<PlacedRule, Map<string, KnownEndpoint[]>>();

  constructor(
    private readonly context: LintContext,
    private readonly direction: Direction,
  ) {}

  add(pod: KnownEndpoint, lost: string): void {
    const rules = this.context.rulesOf(pod);
    const blamed =
      rules.find((rule) => turnsDefaultDenyOn(rule, this.direction)) ??
      rules.find(({ rule }) => denies(rule, this.direction));
    if (blamed === undefined) return;
    const losses = this.byRule.get(blamed) ?? new Map<string, KnownEndpoint[]>();
    append(losses, lost, pod);
    this.byRule.set(blamed, losses);
  }

  *observations(describe: (pods: string, lost: string) => string): Iterable<Observation> {
    for (const [{ policy, path, rule }, losses] of this.byRule)
      for (const [lost, pods] of losses) {
        const field = rule[this.direction]?.length ? this.direction : `${this.direction}Deny`;
        yield { policy, path: [...path, field], message: describe(names(pods), lost) };
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
