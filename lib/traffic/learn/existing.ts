import type { Direction } from "../../cilium/api/peer-lists";
import type { EvaluatedPolicy } from "../../cilium/api/policy";
import { selects, subjectSelector } from "../../cilium/api/selector";
import { endpointIdentity, endpointKind } from "../../cilium/policy/identity";
import type { RawObject } from "../../linkerd/api/object";
import type { EndpointFacts, Scenario } from "../../scenario/scenario";

/** Policies that are there, to which rules can be added. */
export class ExistingPolicies {
  private readonly pods: { id: string; labels: ReturnType<typeof endpointIdentity>["labels"] }[];

  constructor(
    private readonly policies: readonly EvaluatedPolicy[],
    scenario: Scenario,
  ) {
    this.pods = scenario.endpoints
      .filter((endpoint) => endpointKind(endpoint) === "pod" && endpoint.representative === undefined)
      .map((endpoint) => ({ id: endpoint.id, labels: endpointIdentity(endpoint, scenario).labels }));
  }

  /** The policy of this workload and of no other, best one that has rules in this direction. */
  of({ id, namespace }: EndpointFacts, direction: Direction): EvaluatedPolicy | undefined {
    const own = this.policies.filter((policy) => {
      const { kind, metadata, spec, specs, undecided } = policy;
      const isPlain = kind === "CiliumNetworkPolicy" && specs === undefined && undecided === undefined;
      if (!isPlain || (metadata.namespace ?? "default") !== namespace || spec?.endpointSelector == null) return false;
      const selector = subjectSelector(spec.endpointSelector, namespace);
      const selected = this.pods.filter(({ labels }) => selects(selector, labels));
      return selected.length === 1 && selected[0]?.id === id;
    });
    return own.find(({ spec }) => (spec?.[direction] ?? []).length > 0) ?? own[0];
  }
}

/** Names that objects have, so that a new one overwrites none of them. */
export class Names {
  private readonly taken: Set<string>;

  constructor(policies: readonly EvaluatedPolicy[], objects: readonly RawObject[]) {
    this.taken = new Set([...policies, ...objects].map((one) => keyOf(one as RawObject)));
  }

  /** The name, or with a number behind it where an object of one of the kinds has it. From now on it is taken. */
  free(kinds: readonly string[], namespace: string, wanted: string): string {
    let name = wanted;
    for (let number = 2; kinds.some((kind) => this.taken.has(`${kind} ${namespace} ${name}`)); number++)
      name = `${wanted}-${number}`;
    for (const kind of kinds) this.taken.add(`${kind} ${namespace} ${name}`);
    return name;
  }
}

function keyOf({ kind, metadata }: RawObject): string {
  const { namespace = "default", name = "" } = (metadata ?? {}) as { namespace?: string; name?: string };
  return `${String(kind)} ${namespace} ${name}`;
}
