import type { Direction } from "../../cilium/api/peer-lists";
import { networkPolicy } from "../../cilium/model/policy";
import { getOrMake } from "../../common/maps";
import { ProblemError } from "../../common/problem";
import type { AuthorizationFacts, EndpointFacts } from "../../scenario/scenario";
import { withDefaultDeny } from "../default-deny";
import { outcomeOf } from "../outcome";
import type { PolicyState } from "../policy-state";
import { EdgeJudge, replay, withResolvedParties } from "../replay/replay";
import { portOnWire } from "../replay/wire";
import type { Traffic, TrafficEdge } from "../traffic";
import { authorizationsOf } from "./authorizations";
import { ExistingPolicies, ObjectNames } from "./existing-objects";
import { fencedBy, fenceEdges, type LearnedEdge, type PassedEdge } from "./fence-edges";
import type { Learned, LearnedAuthorization, LearnedPolicy } from "./learned";
import { evidenceIn, mergedChanges, meshNeeds, specOf, withAddedRules } from "./policies";
import { type EdgeToAdmit, learnedRules } from "./rules";
import { isInScope, mayBeInScope, unknownNames } from "./scope";
import { selectorOf } from "./selector";

/** What policies are learned for. */
export interface LearnOptions {
  /** Workloads (`shop/web`) and namespaces to write policies for. Default: all but the cluster's own namespaces. */
  only?: readonly string[];
  /** Selector labels of controllers, by the id of the workload. Default: none are known. */
  controllers?: ReadonlyMap<string, Readonly<Record<string, string>>>;
}

/**
 * Learns the smallest policies that, beside the existing ones, admit the traffic that passed: Cilium's for the ports on the wire, and Linkerd's where
 * the wire hides the port. Proves in the same run that every edge that passed is allowed, and lists what else becomes possible. Pure.
 */
export function learn(
  recorded: Traffic,
  state: PolicyState,
  { only, controllers = new Map() }: LearnOptions = {},
): Learned {
  const traffic = withResolvedParties(recorded, state);
  const now = new EdgeJudge(traffic, state);
  const attempt = (hopeless: ReadonlySet<TrafficEdge>) => {
    const learning = new Learning(now, state, only, controllers, hopeless);
    for (const edge of traffic.edges) learning.addEdge(edge);
    const made = learning.objects();
    const after = stateWith(state, made);
    const judge = new EdgeJudge(traffic, after);
    const cut = learning.admitted.filter((edge) => {
      const { state, layer } = judge.judge(edge);
      return state === "denied" && layer === "cilium";
    });
    return { learning, made, after, cut };
  };
  const first = attempt(new Set());
  // No rule can admit what a policy denies explicitly. Such edges get none, and the proof lists them.
  const { learning, made, after } = first.cut.length === 0 ? first : attempt(new Set(first.cut));
  const { policies, authorizations, problems } = made;
  const { authorization } = after;
  const edges = learning.fenceEdges();
  const fenced = fencedBy(edges, now.mode);
  const underFence = replay(
    { ...traffic, edges: learning.admitted },
    { ...state, policies: [...state.policies, ...fenced.policies], ...(authorization && { authorization }) },
  );
  const afterLearning = replay(traffic, after);
  const proven = replay({ ...traffic, edges: learning.admitted }, after);
  return {
    policies,
    authorizations,
    proof: {
      edges: learning.admitted.length,
      allowed: learning.admitted.length - proven.denied.length - proven.unknown.length,
      denied: [...proven.denied, ...proven.unknown],
    },
    possible: afterLearning.unused.filter((edge) => learning.isFenced(edge.from) || learning.isFenced(edge.to)),
    without: learning.without(),
    notCovered: learning.notCovered,
    unjudged: learning.unjudged,
    leftDenied: learning.leftDenied,
    blind: afterLearning.blind,
    fence: { transportMode: now.mode, edges, denied: [...underFence.denied, ...underFence.unknown] },
    problems: [...unknownNames(now.parties.scenario.endpoints, only), ...problems, ...fenced.problems],
  };
}

/** The state with the learned objects in it. */
function stateWith(state: PolicyState, { policies, authorizations }: LearnedObjects): PolicyState {
  const replaced = new Set(policies.flatMap(({ changes }) => changes ?? []));
  const authorization: AuthorizationFacts = {
    ...state.authorization,
    objects: [...(state.authorization?.objects ?? []), ...authorizations.flatMap(({ objects }) => objects)],
  };
  const kept = state.policies.filter((policy) => !replaced.has(policy));
  return { ...state, policies: [...kept, ...policies.map(({ manifest }) => manifest)], authorization };
}

interface LearnedObjects {
  policies: LearnedPolicy[];
  authorizations: LearnedAuthorization[];
  problems: Learned["problems"];
}

class Learning {
  readonly admitted: TrafficEdge[] = [];
  private readonly passed: PassedEdge[] = [];
  readonly notCovered: Learned["notCovered"] = [];
  unjudged = 0;
  leftDenied = 0;
  private readonly wanted = new Map<string, Record<Direction, EdgeToAdmit[]>>();
  /** By workload, the ports on which its proxy counted clients that nothing names. */
  private readonly anonymous = new Map<string, Set<number>>();
  private readonly open: { id: string; why: string }[] = [];
  /** Judges as if every policy had default deny on, because policies that only observe already show what they will admit. */
  private readonly strict: EdgeJudge;
  private readonly existing: ExistingPolicies;
  private readonly names: ObjectNames;

  constructor(
    private readonly now: EdgeJudge,
    private readonly state: PolicyState,
    private readonly only: readonly string[] | undefined,
    private readonly controllers: NonNullable<LearnOptions["controllers"]>,
    private readonly deniedExpressly: ReadonlySet<TrafficEdge>,
  ) {
    this.strict = now.withPolicies(state.policies.map(withDefaultDeny));
    this.existing = new ExistingPolicies(state.policies, now.parties.scenario);
    this.names = new ObjectNames(state.policies, state.authorization?.objects ?? []);
  }

  /** Adds an edge to admit, if it passed. */
  addEdge(edge: TrafficEdge): void {
    if (outcomeOf(edge) === "denied") {
      this.leftDenied++;
      return;
    }
    const { parties: places } = this.now;
    const [from, ...others] = places.endpointsOf(edge.from);
    const [to] = places.endpointsOf(edge.to);
    const notCovered = (why: string) => {
      this.unjudged++;
      const isOwn = [from, to].some((end) => end !== undefined && this.isOwn(end));
      const unresolved = [edge.from, edge.to].filter(
        (party) => places.endpointsOf(party).length === 0 && mayBeInScope(party, this.only),
      );
      if (!isOwn && unresolved.length === 0) return;
      this.notCovered.push({
        edge: `${edge.from.id} → ${edge.to.id} ${edge.protocol} ${edge.port ?? edge.wire ?? "unknown"}`,
        why,
        ...(!isOwn && unresolved.every(({ kind }) => kind === "gone") && { perhaps: true }),
      });
    };
    if (edge.deniedSince !== undefined) {
      notCovered(`it passed at first, and was denied from ${edge.deniedSince} on`);
      return;
    }
    if (from === undefined || to === undefined) {
      if (edge.from.kind === "without proxy" && to !== undefined && edge.port !== undefined)
        getOrMake(this.anonymous, to.id, () => new Set<number>()).add(edge.port);
      notCovered(places.whyNone(from === undefined ? edge.from : edge.to).why);
      return;
    }
    if (edge.from.kind === "account" && others.length > 0) {
      notCovered(`${others.length + 1} workloads run under this account, and nothing tells which of them it was`);
      return;
    }
    const wire = portOnWire(edge, from, to, this.now.mode, this.now.observedMode);
    if (wire === undefined) {
      notCovered("nothing but a proxy saw it, and not on which port of the wire");
      return;
    }
    if (
      edge.wire === undefined &&
      !this.now.isModeKnown &&
      from.mesh?.injected === true &&
      to.mesh?.injected === true
    ) {
      notCovered("only proxies saw it, so nothing says whether 4143 is on the wire: set --transport-mode");
      return;
    }
    this.admitted.push(edge);
    if (this.deniedExpressly.has(edge)) return;
    const calling: EdgeToAdmit = { edge, party: edge.to, endpoint: to, wire };
    const called: EdgeToAdmit = { edge, party: edge.from, endpoint: from, wire };
    if (this.isOwn(from)) this.toAdmit(from.id).egress.push(calling);
    if (this.isOwn(to)) this.toAdmit(to.id).ingress.push(called);
    this.passed.push({
      edge,
      from,
      to,
      wire,
      egress: this.isOwn(from) && this.isMissing(from, "egress", calling),
      ingress: this.isOwn(to) && this.isMissing(to, "ingress", called),
      bound: this.strict.isEnforced(from.id, "egress"),
    });
  }

  objects(): LearnedObjects {
    const policies: LearnedPolicy[] = [];
    const authorizations: LearnedAuthorization[] = [];
    const problems: Learned["problems"] = [];
    for (const [id, wanted] of [...this.wanted].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const endpoint = this.endpoints.find((one) => one.id === id);
      const matchLabels = endpoint && this.selectorOf(endpoint);
      if (endpoint === undefined || matchLabels === undefined) {
        this.open.push({ id, why: "its pods carry no labels that a policy could select" });
        continue;
      }
      try {
        for (const direction of ["ingress", "egress"] as const)
          policies.push(...this.policyOf(endpoint, matchLabels, direction, wanted[direction]));
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        problems.push(...error.problems.map((one) => ({ ...one, object: error.subject })));
        continue;
      }
      const { made, open } = authorizationsOf(endpoint, matchLabels, wanted.ingress, {
        serverOf: (port) => this.now.authorization.serverOfPort(endpoint, port),
        names: this.names,
        calledByNobodyKnown: this.anonymous.get(id) ?? new Set(),
        isRefused: ({ edge, endpoint: client }) => this.now.atProxy(edge, client, endpoint)?.state === "denied",
      });
      authorizations.push(...made);
      for (const { port, why } of open)
        this.open.push({
          id,
          why: `no Server for port ${port}, because ${why}: only Cilium decides who reaches it`,
        });
    }
    return { policies: mergedChanges(policies), authorizations, problems };
  }

  fenceEdges(): LearnedEdge[] {
    const names = new ObjectNames(this.state.policies, []);
    return fenceEdges(
      this.passed,
      (endpoint) => this.selectorOf(endpoint),
      ({ id, namespace = "" }) =>
        names.reserve(["CiliumNetworkPolicy"], namespace, id.slice(id.indexOf("/") + 1), ["-ingress", "-egress"]),
    );
  }

  isFenced(id: string): boolean {
    return this.wanted.has(id);
  }

  without(): { id: string; why: string }[] {
    const silent = (this.state.workloads ?? [])
      .map(({ id }) => this.endpoints.find((endpoint) => endpoint.id === id))
      .filter((endpoint) => endpoint !== undefined && this.isOwn(endpoint) && !this.wanted.has(endpoint.id));
    return [
      ...silent.flatMap((endpoint) =>
        endpoint ? [{ id: endpoint.id, why: "it was not seen, so it gets no policy" }] : [],
      ),
      ...[...this.wanted].flatMap(([id, { ingress, egress }]) => [
        ...(ingress.every(({ endpoint }) => endpoint.reserved?.includes("host"))
          ? [{ id, why: "nobody was seen calling it, so its ingress stays as it is" }]
          : []),
        ...(egress.length === 0 ? [{ id, why: "it was seen calling nobody, so its egress stays as it is" }] : []),
      ]),
      ...this.open,
    ];
  }

  private get endpoints(): readonly EndpointFacts[] {
    return this.now.parties.scenario.endpoints;
  }

  private toAdmit(id: string): Record<Direction, EdgeToAdmit[]> {
    const known = this.wanted.get(id) ?? { ingress: [], egress: [] };
    this.wanted.set(id, known);
    return known;
  }

  private isOwn(endpoint: EndpointFacts): boolean {
    return isInScope(endpoint, this.only);
  }

  private selectorOf(endpoint: EndpointFacts): Record<string, string> | undefined {
    return selectorOf(endpoint, this.endpoints, this.controllers.get(endpoint.id));
  }

  /** Whether the existing policies do not admit an edge yet. A node always reaches its own pods. */
  private isMissing({ id }: EndpointFacts, direction: Direction, { edge, endpoint }: EdgeToAdmit): boolean {
    if (direction === "ingress" && endpoint.reserved?.includes("host") === true) return false;
    return !this.strict.isEnforced(id, direction) || this.strict.deniedAt(edge, direction);
  }

  /** The policy for one direction of a workload. Empty where the existing policies admit everything already. */
  private policyOf(
    endpoint: EndpointFacts,
    matchLabels: Record<string, string>,
    direction: Direction,
    wanted: readonly EdgeToAdmit[],
  ): LearnedPolicy[] {
    const isSelected = this.strict.isEnforced(endpoint.id, direction);
    const missing = wanted.filter((one) => this.isMissing(endpoint, direction, one));
    if (missing.length === 0) return [];
    const names = this.now.parties.scenario.cluster?.l7Proxy !== false;
    const rules = learnedRules(missing, endpoint, direction, (one) => this.selectorOf(one), names);
    if (!isSelected && direction === "egress" && endpoint.mesh?.injected === true)
      rules.push(...meshNeeds(rules, names));
    const { namespace = "", id } = endpoint;
    const wantedName = `${id.slice(id.indexOf("/") + 1)}-${direction}`;
    const existing = this.existing.policyOf(endpoint, direction);
    const name =
      existing === undefined
        ? this.names.reserve(["CiliumNetworkPolicy"], namespace, wantedName)
        : existing.metadata.name;
    const spec = specOf(name, namespace, matchLabels, direction, rules);
    const manifest = networkPolicy(spec);
    const evidence = evidenceIn(manifest.spec?.[direction]?.length ?? 0, direction, rules);
    return [existing === undefined ? { manifest, evidence } : withAddedRules(existing, manifest, direction, evidence)];
  }
}
