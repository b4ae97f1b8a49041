import type { EvaluatedPolicy } from "../cilium/api/policy";
import { Origin } from "../cilium/policy/decision";
import { policyNamespace } from "../cilium/policy/entries";
import { defaultRule } from "./verdict";

/**
 * The names of deciding rules in verdicts: policies in Cilium's order (clusterwide first, then by name, then by namespace), each once, and Cilium's own
 * defaults. Equal sets of rules share one array.
 */
export class RuleNames {
  private readonly names: readonly string[];
  private readonly rank: readonly number[];
  private readonly lists = new Map<readonly number[], readonly string[]>();

  constructor(policies: readonly EvaluatedPolicy[]) {
    const keys = policies.map((policy) => {
      const namespace = policyNamespace(policy);
      return {
        name: `${namespace ?? ""}/${policy.metadata?.name ?? ""}`,
        key: [policy.kind, policy.metadata?.name ?? "", namespace ?? ""],
      };
    });
    this.names = keys.map(({ name }) => name);
    const order = keys.map((_, index) => index).sort((a, b) => compare(keys[a]?.key ?? [], keys[b]?.key ?? []));
    const rank: number[] = [];
    for (const [place, index] of order.entries()) rank[index] = place;
    this.rank = rank;
  }

  of(origins: readonly number[]): readonly string[] {
    let names = this.lists.get(origins);
    if (names === undefined) {
      const sorted = [...origins].sort((a, b) => (this.rank[a] ?? a) - (this.rank[b] ?? b));
      names = [...new Set(sorted.map((origin) => this.name(origin)))];
      this.lists.set(origins, names);
    }
    return names;
  }

  private name(origin: number): string {
    switch (origin) {
      case Origin.AllowAnyIngress:
        return defaultRule("allow-any-ingress");
      case Origin.AllowAnyEgress:
        return defaultRule("allow-any-egress");
      case Origin.AllowLocalhost:
        return defaultRule("allow-localhost-ingress");
      default:
        return this.names[origin] ?? "";
    }
  }
}

function compare(a: readonly string[], b: readonly string[]): number {
  for (const [index, part] of a.entries()) {
    const other = b[index] ?? "";
    if (part !== other) return part < other ? -1 : 1;
  }
  return 0;
}
