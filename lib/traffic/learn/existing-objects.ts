import type { Direction } from "../../cilium/api/peer-lists";
import type { EvaluatedPolicy } from "../../cilium/api/policy";
import { selects, subjectSelector } from "../../cilium/api/selector";
import { endpointIdentity, endpointKind } from "../../cilium/policy/identity";
import { append } from "../../common/maps";
import type { RawObject } from "../../linkerd/api/object";
import type { EndpointFacts, Scenario } from "../../scenario/scenario";

/** Existing policies that rules can be added to: those that select one workload and no other. */
export class ExistingPolicies {
  private readonly own = new Map<string, EvaluatedPolicy[]>();

  constructor(policies: readonly EvaluatedPolicy[], scenario: Scenario) {
    const pods = scenario.endpoints
      .filter((endpoint) => endpointKind(endpoint) === "pod" && endpoint.representative === undefined)
      .map((endpoint) => ({ ...endpoint, identity: endpointIdentity(endpoint, scenario).labels }));
    for (const policy of policies) {
      const { kind, metadata, spec, specs, undecided } = policy;
      const isPlain = kind === "CiliumNetworkPolicy" && specs === undefined && undecided === undefined;
      if (!isPlain || spec?.endpointSelector == null) continue;
      const namespace = metadata.namespace ?? "default";
      const selector = subjectSelector(spec.endpointSelector, namespace);
      const [only, ...others] = pods.filter(({ identity }) => selects(selector, identity));
      if (only !== undefined && others.length === 0 && only.namespace === namespace) append(this.own, only.id, policy);
    }
  }

  /** A policy that selects this workload and no other, preferably one with rules in this direction. */
  policyOf({ id }: EndpointFacts, direction: Direction): EvaluatedPolicy | undefined {
    const own = this.own.get(id) ?? [];
    return own.find(({ spec }) => (spec?.[direction] ?? []).length > 0) ?? own[0];
  }
}

/** The names of existing objects, so that a new object overwrites none. */
export class ObjectNames {
  private readonly taken: Set<string>;

  constructor(policies: readonly EvaluatedPolicy[], objects: readonly RawObject[]) {
    this.taken = new Set([...policies, ...objects].map((one) => keyOf(one as RawObject)));
  }

  /**
   * Reserves a name for the kinds: the wanted one, with a number appended if it is taken.
   *
   * @param suffixes The objects are named by the name and one of these each. Default: by the name itself.
   */
  reserve(kinds: readonly string[], namespace: string, wanted: string, suffixes: readonly string[] = [""]): string {
    const keysOf = (name: string) =>
      kinds.flatMap((kind) => suffixes.map((suffix) => `${kind} ${namespace} ${name}${suffix}`));
    let name = wanted;
    for (let number = 2; keysOf(name).some((key) => this.taken.has(key)); number++) name = `${wanted}-${number}`;
    for (const key of keysOf(name)) this.taken.add(key);
    return name;
  }
}

function keyOf({ kind, metadata }: RawObject): string {
  const { namespace = "default", name = "" } = (metadata ?? {}) as { namespace?: string; name?: string };
  return `${String(kind)} ${namespace} ${name}`;
}
