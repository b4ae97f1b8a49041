import { entitySelectors } from "../cilium/api/entities";
import type { LabelSet } from "../cilium/api/labels";
import {
  type Direction,
  PEER_LISTS,
  type PeerList,
  type PeerLists,
  peerField,
  peerLists,
} from "../cilium/api/peer-lists";
import type { EvaluatedPolicy, IcmpRule, PortRule, Rule } from "../cilium/api/policy";
import { RefusalCache } from "../cilium/api/refusal-cache";
import { ruleItems } from "../cilium/api/rule-items";
import {
  peerSelector,
  type Selector,
  selects,
  selectsInit,
  servicePeerSelector,
  subjectSelector,
} from "../cilium/api/selector";
import { policyNamespace } from "../cilium/policy/entries";
import { clusterName, endpointIdentity, type Identity } from "../cilium/policy/identity";
import { Selections } from "../cilium/policy/selections";
import { matchingServices } from "../cilium/policy/services";
import { append, getOrMake } from "../common/maps";
import type { Path } from "../common/problem";
import { type Problem, ProblemError } from "../common/problem";
import type { NullValue } from "../input/manifests/admitted";
import type { LabelSelector } from "../kubernetes/label-selector";
import { compile } from "../reachability/compile";
import type { Reachability } from "../reachability/verdict";
import type { LintFacts } from "../scenario/lint-facts";
import { scenarioProblems } from "../scenario/problems";
import type { EndpointFacts, Scenario } from "../scenario/scenario";
import { hypotheticalPods } from "./hypothetical-pods";
import { LinkerdContext } from "./linkerd-context";
import { type MeshServices, meshServices } from "./mesh-services";

/** An endpoint of the scenario with the identity that Cilium gives it. */
export interface KnownEndpoint {
  facts: EndpointFacts;
  identity: Identity;
}

/** A `spec`, or an item of `specs`, of a policy that Cilium accepts. */
export interface PlacedRule {
  policy: number;
  path: Path;
  rule: Rule;
  /** Undefined for a clusterwide policy. */
  namespace: string | undefined;
  /** Its endpoint selector. Undefined if it selects nodes. */
  subject: Selector | undefined;
  /** The pods of the scenario that it selects. Empty if it selects nodes. */
  subjects: readonly KnownEndpoint[];
}

/** An item of `ingress`, `ingressDeny`, `egress` or `egressDeny`, whose field names no longer contain the direction. */
export interface PlacedItem extends PeerLists {
  of: PlacedRule;
  direction: Direction;
  deny: boolean;
  path: Path;
  toPorts?: PortRule[];
  icmps?: IcmpRule[];
}

/** The path of an item's list of peers. */
export function peerPath(item: PlacedItem, list: PeerList): Path {
  return [...item.path, peerField(item.direction, list)];
}

/** The lists of peers that an item has, empty ones included. */
export function peerListsOf(item: PlacedItem): PeerList[] {
  return PEER_LISTS.filter((list) => item[list] !== undefined);
}

/** The policies and the cluster, as lint rules query them. Everything is computed once. */
export class LintContext {
  readonly endpoints: readonly KnownEndpoint[];
  readonly pods: readonly KnownEndpoint[];
  readonly rules: readonly PlacedRule[];
  readonly items: readonly PlacedItem[];
  /** By policy index, why Cilium refuses the policy. A refused policy is left out of everything else. */
  readonly refused: ReadonlyMap<number, readonly Problem[]>;
  readonly services: MeshServices;
  private readonly selections: Selections;
  /** Pods in their node's network, with the identity that they would have in a network of their own. */
  private readonly onNodes: readonly KnownEndpoint[];
  private readonly byPod = new Map<KnownEndpoint, PlacedRule[]>();
  private readonly byRule: ReadonlyMap<PlacedRule, readonly PlacedItem[]>;
  private readonly peers = new Map<PlacedItem, readonly KnownEndpoint[]>();
  private engine: Reachability | undefined;
  private authorization: LinkerdContext | undefined;

  constructor(
    readonly policies: readonly EvaluatedPolicy[],
    readonly scenario: Scenario,
    /** Facts about the cluster that the scenario lacks. */
    readonly facts: LintFacts = {},
    /** By policy index, the nulls that the policy contained when it was read. */
    readonly nulls: ReadonlyMap<number, readonly NullValue[]> = new Map(),
    private readonly refusals = new RefusalCache(),
  ) {
    const problems = scenarioProblems(scenario);
    if (problems.length > 0) throw new ProblemError("scenario", problems);
    this.services = meshServices(scenario);
    this.endpoints = scenario.endpoints.map((facts) => ({ facts, identity: endpointIdentity(facts, scenario) }));
    this.selections = new Selections(
      this.endpoints.map(({ identity }) => identity),
      scenario.cluster,
    );
    this.pods = this.endpoints.filter(({ identity }) => identity.kind === "pod");
    this.onNodes = scenario.endpoints.flatMap((facts) => {
      if (facts.hostNetwork === undefined) return [];
      const { reserved: _, hostNetwork, namespace = "", ...pod } = facts;
      return [{ facts, identity: endpointIdentity({ ...pod, ...hostNetwork, namespace }, scenario) }];
    });
    this.refused = new Map(
      policies
        .map((policy, index) => [index, refusals.of(policy, scenario.cluster)] as const)
        .filter(([, reasons]) => reasons.length > 0),
    );
    this.rules = policies.flatMap((policy, index) => (this.refused.has(index) ? [] : this.placeRules(policy, index)));
    for (const rule of this.rules) for (const pod of rule.subjects) append(this.byPod, pod, rule);
    this.byRule = new Map(this.rules.map((rule) => [rule, placeItems(rule)]));
    this.items = [...this.byRule.values()].flat();
  }

  /** The engine's verdicts for the policies and the scenario, with {@link services} as additional endpoints. */
  get reachability(): Reachability {
    const endpoints = [...this.scenario.endpoints, ...Object.values(this.services)];
    this.engine ??= compile(this.policies, { ...this.scenario, endpoints }, { refusals: this.refusals });
    return this.engine;
  }

  /** Linkerd's authorization. Undefined if the scenario has none. */
  get linkerd(): LinkerdContext | undefined {
    this.authorization ??= LinkerdContext.of(this.scenario);
    return this.authorization;
  }

  /** Whether some rule of a ClusterNetworkPolicy allows something in a direction. */
  acceptsByTier(direction: Direction): boolean {
    return this.policies.some(
      ({ ordered, unread }, index) =>
        unread === undefined &&
        !this.refused.has(index) &&
        ordered?.items[direction].some(({ passes }) => passes !== true) === true,
    );
  }

  /** The rules that select a pod, in the order of the policies. */
  rulesOf(pod: KnownEndpoint): readonly PlacedRule[] {
    return this.byPod.get(pod) ?? [];
  }

  /** The items of a rule, in the order of the manifest's fields. */
  itemsOf(rule: PlacedRule): readonly PlacedItem[] {
    return this.byRule.get(rule) ?? [];
  }

  /** The endpoints of the scenario that an item's peers select. CIDR blocks and DNS names are ignored. */
  peersOf(item: PlacedItem): readonly KnownEndpoint[] {
    if (peerListsOf(item).length === 0) return this.endpoints;
    return getOrMake(this.peers, item, () => [
      ...new Set(this.selectorsOf(item).flatMap((selector) => this.selected(selector))),
    ]);
  }

  /** The endpoints that a selector selects. */
  selected(selector: Selector): readonly KnownEndpoint[] {
    return this.selections.selected(selector).flatMap((index) => this.endpoints[index] ?? []);
  }

  /** The pods in their node's network that a selector would select if they had their own identity. */
  selectedOnNodes(selector: Selector): readonly KnownEndpoint[] {
    return this.onNodes.filter(({ identity }) => selects(selector, identity.labels));
  }

  /** The compiled form of one of an item's endpoint selectors. */
  peerSelector(item: PlacedItem, manifest: LabelSelector): Selector {
    return peerSelector(manifest, this.scopeOf(item));
  }

  /** For each pod that a rule selects, all rules that select it. If the scenario has no such pod, hypothetical pods take their place. */
  rulesOfSubjects({ subject, subjects }: PlacedRule): readonly (readonly PlacedRule[])[] {
    if (subject === undefined || subjects.length > 0) return subjects.map((pod) => this.rulesOf(pod));
    return hypotheticalPods(subject, this.scenario).map((labels) =>
      this.rules.filter((rule) => rule.subject !== undefined && selects(rule.subject, labels)),
    );
  }

  /** The labels of endpoints that a selector selects, and of hypothetical ones, so that a conclusion holds for the selector, not just for today's pods. */
  labelsSelected(selector: Selector): readonly LabelSet[] {
    return [
      ...this.selected(selector).map(({ identity }) => identity.labels),
      ...hypotheticalPods(selector, this.scenario),
    ];
  }

  /** The selectors of an item's peers. CIDR blocks and DNS names are ignored. */
  selectorsOf(item: PlacedItem): Selector[] {
    const cluster = clusterName(this.scenario.cluster);
    const services = (item.services ?? []).flatMap((reference) =>
      matchingServices(reference, this.scenario.services ?? []),
    );
    return [
      ...(item.endpoints ?? []).map((manifest) => this.peerSelector(item, manifest)),
      ...(item.entities ?? []).flatMap((entity) => entitySelectors(entity, cluster) ?? []),
      ...services.flatMap(({ selector, namespace }) =>
        selector && Object.keys(selector).length > 0
          ? [servicePeerSelector(selector, namespace, this.scopeOf(item))]
          : [],
      ),
    ];
  }

  private scopeOf(item: PlacedItem) {
    return {
      namespace: item.of.namespace,
      cluster: clusterName(this.scenario.cluster),
      anyCluster: this.scenario.cluster?.policyDefaultLocalCluster === false,
      subjectIsInit: selectsInit(item.of.rule.endpointSelector),
    };
  }

  private placeRules(policy: EvaluatedPolicy, index: number): PlacedRule[] {
    // The effect of a ClusterNetworkPolicy's rules depends on those in other tiers, so conclusions about Cilium's own rules do not hold for them.
    if (policy.kind === "ClusterNetworkPolicy" || policy.unread !== undefined) return [];
    const namespace = policyNamespace(policy);
    const place = (rule: Rule, path: Path): PlacedRule => {
      const subject = rule.endpointSelector ? subjectSelector(rule.endpointSelector, namespace) : undefined;
      const subjects = subject ? this.selected(subject).filter(({ identity }) => identity.kind === "pod") : [];
      return { policy: index, path, rule, namespace, subject, subjects };
    };
    return [
      ...(policy.spec ? [place(policy.spec, ["spec"])] : []),
      ...(policy.specs ?? []).map((rule, at) => place(rule, ["specs", at])),
    ];
  }
}

function placeItems(of: PlacedRule): PlacedItem[] {
  return ruleItems(of.rule).map(({ item, direction, deny, path }) => {
    const { fqdns, ...lists } = peerLists(item, direction);
    const { toPorts, icmps } = item;
    return {
      ...lists,
      // Deny rules have no toFQDNs, so the API server drops it.
      ...(fqdns !== undefined && !deny && { fqdns }),
      of,
      direction,
      deny,
      path: [...of.path, ...path],
      ...(toPorts !== undefined && { toPorts }),
      ...(icmps !== undefined && { icmps }),
    };
  });
}
