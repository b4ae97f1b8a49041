import { append, getOrMake, present } from "../../common/maps";
import type { Scenario } from "../../scenario/scenario";
import { ANY_SOURCE } from "../api/labels";
import type { EvaluatedPolicy } from "../api/policy";
import type { CompilationCache } from "./compilation-cache";
import type { NumberedDecision, SharedDecisions } from "./decision";
import { type Direction, type Entry, policyNamespace } from "./entries";
import type { Aggregate, Identity } from "./identity";
import type { Endpoint, Population } from "./population";
import type { Selections } from "./selections";
import { EndpointPolicy, SubjectPolicy } from "./subject";
import { subjectPolicies } from "./subject-policies";

/** What decides for an endpoint: its policy, or one decision for all peers; undefined if no policy can apply to it. */
export type Decider = EndpointPolicy | NumberedDecision | undefined;

/** Numbers of entries that may or may not apply to a subject start here, above those of all others. */
const FIRST_UNCERTAIN = 1_000_000_000;

/** The decision about one peer. */
export function decide(decider: Decider, peer: number, protocol: number, port: number): NumberedDecision | undefined {
  return decider instanceof EndpointPolicy ? decider.decide(peer, protocol, port) : decider;
}

/** What a model is built from. */
export interface ModelContext {
  scenario: Scenario;
  undecided: "unknown" | "no match";
  /** For the same scenario. */
  cache: CompilationCache;
  population: Population;
  /** Shared by all models of one cluster. */
  decisions: SharedDecisions;
}

/**
 * The identities of a cluster whose agents all have the same configuration, and the policy of each, computed on first use. Pods that the same rules
 * select share one policy.
 */
export class Model {
  readonly identities: readonly Identity[];
  private readonly endpoints: ReadonlyMap<string, Endpoint>;
  private readonly selections: Selections;
  private readonly entriesOf: Readonly<Record<Direction, ReadonlyMap<number, readonly Entry[]>>>;
  private readonly byIdentity: Readonly<Record<Direction, Map<number, SubjectPolicy>>> = {
    ingress: new Map(),
    egress: new Map(),
  };
  private readonly deciders: Readonly<Record<Direction, Decider[]>> = { ingress: [], egress: [] };
  private readonly byRules = new Map<string, SubjectPolicy>();
  private readonly entryNumber = new Map<Entry, number>();
  private readonly uncertainOf = new Map<Entry, Map<string, Entry>>();
  private readonly isNeverEnforced: boolean;
  private readonly isAlwaysEnforced: boolean;
  private readonly decisions: SharedDecisions;

  /** @param policies Those that at least one agent accepts. Those that the agents of this scenario refuse have no effect. */
  constructor(
    policies: readonly EvaluatedPolicy[],
    { scenario, undecided, cache, population, decisions }: ModelContext,
  ) {
    this.decisions = decisions;
    this.identities = population.identities;
    this.endpoints = population.endpoints;
    this.selections = population.selections;
    const { policyEnforcement, auditMode = false } = scenario.cluster ?? {};
    // In audit mode, denied traffic is logged and forwarded.
    this.isNeverEnforced = policyEnforcement === "never" || auditMode;
    this.isAlwaysEnforced = policyEnforcement === "always" && !auditMode;
    this.entriesOf = this.selectSubjects(
      inOrder(this.isNeverEnforced ? [] : policies)
        .filter(([, policy]) => cache.refusals(policy).length === 0)
        .flatMap(([index, policy]) => cache.entries(policy, index, undecided)),
    );
  }

  endpoint(id: string): Endpoint | undefined {
    return this.endpoints.get(id);
  }

  /** The aggregate of an identity. */
  aggregate(identity: number): Aggregate {
    return present(this.identities[identity], `identity ${identity}`).aggregate;
  }

  /** The policy of a subject's identity in one direction. */
  policy(identity: number, direction: Direction): SubjectPolicy {
    let policy = this.byIdentity[direction].get(identity);
    if (policy === undefined) {
      policy = this.distil(identity, direction);
      this.byIdentity[direction].set(identity, policy);
    }
    return policy;
  }

  /** What decides at one end of a flow: undefined if no policy can apply there, an unknown decision if Cilium cannot merge the rules. */
  decider({ subject }: Pick<Endpoint, "subject">, direction: Direction): Decider {
    if (subject === undefined) return undefined;
    let decider = this.deciders[direction][subject];
    if (decider === undefined) {
      const conflict = this.conflict(subject);
      decider =
        conflict === undefined
          ? this.policy(subject, direction)
          : this.decisions.of({ verdict: "unknown", origins: [], l7: false, missing: conflict });
      this.deciders[direction][subject] = decider;
    }
    return decider;
  }

  /**
   * Why Cilium cannot merge the rules that select a pod, if so. A conflict in one direction leaves the pod with its previous policy in both.
   */
  conflict(identity: number): string | undefined {
    const conflicts = (["ingress", "egress"] as const).map(
      (direction) => this.policy(identity, direction).mergeConflict,
    );
    const conflict = conflicts.find((reason) => reason !== undefined);
    return conflict === undefined ? undefined : `the policy that the pod had before: Cilium cannot merge ${conflict}`;
  }

  private distil(identity: number, direction: Direction): SubjectPolicy {
    const entries = this.entriesOf[direction].get(identity) ?? [];
    const {
      kind = "pod",
      labels,
      namedPorts = new Map<string, number>(),
      unknownPorts,
    } = this.identities[identity] ?? {};
    // Of any source: Cilium takes a pod with the label `init` for one whose labels it does not know yet.
    const isEnforced =
      this.isAlwaysEnforced || (!this.isNeverEnforced && labels?.lookup(ANY_SOURCE, "init") !== undefined);
    const named = direction === "ingress" && entries.some(({ l4 }) => l4.some(({ name }) => name !== undefined));
    const ports = named ? `${[...namedPorts].sort().join()} ${JSON.stringify(unknownPorts ?? {})}` : "";
    const key = `${direction} ${kind} ${isEnforced} ${ports} ${entries.map((entry) => this.entryNumber.get(entry)).join()}`;
    let policy = this.byRules.get(key);
    if (policy === undefined) {
      policy = new SubjectPolicy(
        subjectPolicies(entries, direction, { isEnforced, isNode: kind === "node" }),
        { direction, isNode: kind === "node", namedPorts, ...(unknownPorts && { unknownPorts }) },
        this.identities,
        this.selections,
        this.decisions,
      );
      this.byRules.set(key, policy);
    }
    return policy;
  }

  /** The entry, marked as uncertain; always the same object. */
  private uncertainEntry(entry: Entry, missing: string): Entry {
    return getOrMake(
      getOrMake(this.uncertainOf, entry, () => new Map<string, Entry>()),
      missing,
      () => {
        const made = { ...entry, uncertain: entry.uncertain ?? missing };
        this.entryNumber.set(made, this.entryNumber.size + FIRST_UNCERTAIN);
        return made;
      },
    );
  }

  /** The entries that select each identity, by direction. Those with a nodeSelector select nodes, the others pods. */
  private selectSubjects(entries: readonly Entry[]): Record<Direction, Map<number, Entry[]>> {
    const found = { ingress: new Map<number, Entry[]>(), egress: new Map<number, Entry[]>() };
    for (const [number, entry] of entries.entries()) {
      this.entryNumber.set(entry, number);
      const isSubject = (id: number) => this.identities[id]?.kind === (entry.node ? "node" : "pod");
      for (const id of this.selections.selected(entry.subject))
        if (isSubject(id)) append(found[entry.direction], id, entry);
      for (const [id, missing] of this.selections.maybeSelected(entry.subject))
        if (isSubject(id)) append(found[entry.direction], id, this.uncertainEntry(entry, missing));
    }
    return found;
  }
}

/** The policies in the order in which Cilium merges their rules (`ruleSlice.sort`), each with its index. */
function inOrder(policies: readonly EvaluatedPolicy[]): [number, EvaluatedPolicy][] {
  const resourceId = (policy: EvaluatedPolicy): string => {
    const namespace = policyNamespace(policy);
    if (policy.kind === "ClusterNetworkPolicy") return `kcnp//${policy.metadata.name}`;
    return `${namespace === undefined ? "ccnp" : "cnp"}/${namespace ?? ""}/${policy.metadata.name}`;
  };
  const keyed = policies.map((policy, index) => ({
    key: resourceId(policy),
    entry: [index, policy] as [number, EvaluatedPolicy],
  }));
  return keyed.sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0)).map(({ entry }) => entry);
}
