import type { EvaluatedPolicy } from "../cilium/api/policy";
import type { RefusalCache } from "../cilium/api/refusal-cache";
import { CompilationCache } from "../cilium/policy/compilation-cache";
import { policyNamespace } from "../cilium/policy/entries";
import { decide } from "../cilium/policy/model";
import { Models } from "../cilium/policy/models";
import type { Endpoint } from "../cilium/policy/population";
import { matchText } from "../cilium/policy/proxied";
import { getOrMakeWeak, present } from "../common/maps";
import { ProblemError } from "../common/problem";
import { PROTOCOL_NUMBERS } from "../kubernetes/ports";
import { type Wire, wireOf } from "../linkerd/wire/wire";
import { everyPair, flowPort, forwardedPorts, isClient } from "../scenario/flows";
import { scenarioProblems } from "../scenario/problems";
import type { ClusterFacts, EndpointFacts, Flow, Scenario } from "../scenario/scenario";
import { AuthorizationModel } from "./linkerd/authorization";
import { compileMatrix } from "./matrix";
import { RuleNames } from "./names";
import type { PortClasses } from "./port-classes";
import type { FlowDecision } from "./sources/flow-decision";
import { Frontends } from "./sources/frontends";
import { SourceClasses } from "./sources/source-classes";
import { missingForWire } from "./sources/uncertain-wire";
import type { Answer, ClassifiedSources, Matrix, PortOfFlow, Reachability, RefusedPolicy, Verdict } from "./verdict";
import { unanswered, verdictOf } from "./verdict-of";

/** Options of {@link compile}. */
export interface CompileOptions {
  /**
   * The decision about a peer if the scenario does not tell whether a rule selects it, for example because it lacks a CiliumCIDRGroup. With `no match`,
   * only labels count, as in an agent that has not received the group yet. Default `unknown`.
   */
  undecided?: "unknown" | "no match";
  /** @internal The cache of an earlier compilation for the same scenario, which pays off if few policies change. */
  known?: CompilationCache;
  /** @internal The known refusals of policies that have not changed. */
  refusals?: RefusalCache;
}

/**
 * Compiles policies and a scenario, to decide who can talk to whom.
 *
 * Policies that Cilium's agent refuses are ignored here too, and reported in {@link Reachability.refused}. A policy replaces an earlier one with the
 * same kind, namespace and name. Policies apply to the packet on the wire, whose port on a mesh may differ from the one that the application connects to.
 *
 * @throws ProblemError if the scenario contradicts itself
 *
 * @example
 * const reachability = compile(policies, scenario);
 * reachability.verdict({ from: "shop/web", to: "shop/db", proto: "TCP", port: 5432 }).allowed;
 */
export function compile(
  policies: readonly EvaluatedPolicy[],
  scenario: Scenario,
  options: CompileOptions = {},
): Reachability {
  const problems = scenarioProblems(scenario);
  if (problems.length > 0) throw new ProblemError("scenario", problems);
  return new CompiledReachability(policies, scenario, options);
}

class CompiledReachability implements Reachability {
  readonly refused: readonly RefusedPolicy[];
  private readonly model: Models;
  private readonly names: RuleNames;
  private readonly meshed: boolean;
  private readonly classes: SourceClasses;
  private readonly frontends: Frontends;
  private readonly ids: readonly string[];
  private readonly clients: readonly boolean[];
  private readonly isForwarded: ReturnType<typeof forwardedPorts>;
  /** Clients in address blocks that come through nodes. */
  private readonly blockClients: ReadonlySet<string>;
  private readonly withoutBlockClients = new WeakMap<string[], string[]>();
  private readonly authorization: AuthorizationModel | undefined;
  private readonly scenario: Scenario;
  /** The sources of each kind. Targets that share their decisions share the lists too. */
  private readonly lists = new WeakMap<Int32Array, string[][]>();
  /** The lists of the latest target, whose ports often share them. */
  private latest: { to: string; known: { kindOf: Int32Array; sources: string[][] }[] } = { to: "", known: [] };

  constructor(
    policies: readonly EvaluatedPolicy[],
    given: Scenario,
    { undecided = "unknown", known, refusals }: CompileOptions,
  ) {
    this.authorization = AuthorizationModel.of(given);
    const endpoints = this.authorization?.withOpaqueServers(given.endpoints);
    const scenario = endpoints === undefined ? given : { ...given, endpoints };
    this.scenario = scenario;
    const cache = known ?? new CompilationCache(scenario, refusals);
    const agents = nodeFacts(scenario).map((cluster) => cache.under(cluster));
    const { accepted, refused } = review(policies, cache, agents);
    this.refused = refused;
    this.model = new Models(accepted, scenario, undecided, cache);
    this.names = new RuleNames(accepted);
    this.meshed = scenario.mesh !== undefined || scenario.endpoints.some(({ mesh }) => mesh !== undefined);
    this.ids = scenario.endpoints.map(({ id }) => id);
    this.clients = scenario.endpoints.map(isClient);
    this.isForwarded = forwardedPorts(scenario.endpoints);
    this.blockClients = new Set(scenario.endpoints.flatMap(({ id, block }) => (block === undefined ? [] : [id])));
    this.frontends = new Frontends(scenario);
    this.classes = new SourceClasses(this.model, scenario, this.meshed, this.authorization, this.frontends);
  }

  verdict(flow: Flow): Verdict {
    const from = this.model.endpoint(flow.from);
    const to = this.model.endpoint(flow.to);
    const protocol = PROTOCOL_NUMBERS.get(flow.proto.toLowerCase());
    if (from === undefined || to === undefined) {
      const missing = [from === undefined ? flow.from : undefined, to === undefined ? flow.to : undefined].filter(
        (id) => id !== undefined,
      );
      return unanswered(flow, `the endpoint ${missing.join(" and ")}, which the scenario does not name`);
    }
    if (protocol === undefined) return unanswered(flow, `the protocol ${flow.proto}`);
    if (to.facts.forwardedTo !== undefined)
      return unanswered(flow, `the address of ${flow.to}, which only connects to others`);
    return verdictOf(flow, this.kind(from, to, flow, protocol), this.names);
  }

  isFenced(id: string): boolean {
    return this.model.isSubject(id);
  }

  *verdicts(flows?: Iterable<Flow>): Generator<Verdict> {
    const asked =
      flows ??
      ((this.scenario.flows ?? []).length > 0 ? (this.scenario.flows ?? []) : everyPair(this.scenario.endpoints));
    for (const flow of asked) yield this.verdict(flow);
  }

  *answers(endpoints: readonly EndpointFacts[] = this.scenario.endpoints): Generator<Answer> {
    const { flows = [] } = this.scenario;
    for (const flow of flows) yield { from: [flow.from], verdict: this.verdict(flow) };
    if (flows.length > 0) return;
    for (const { id: to, ports = [], several = false } of endpoints) {
      for (const port of ports) yield* this.answersTo({ to, ...flowPort(port) }, several);
    }
  }

  private *answersTo(flow: Omit<Flow, "from">, isSource: boolean): Generator<Answer> {
    const { kindOf, kinds } = this.classes.of(flow.to, flow);
    const sources = isSource
      ? getOrMakeWeak(this.lists, kindOf, () => this.sourcesByKind(kindOf, undefined))
      : this.sourcesOf(flow.to, kindOf);
    const isForwarded = this.isForwarded(flow);
    for (const [place, every] of sources.entries()) {
      const from = every === undefined || isForwarded ? every : this.withoutThroughNodes(every);
      const [first] = from ?? [];
      if (from === undefined || first === undefined) continue;
      const asked = { ...flow, from: first };
      yield { from, verdict: this.verdictOfKind(kinds[place], asked) };
    }
  }

  /** On a port that no Service forwards, the clients of a block are the block itself, which has an answer of its own. */
  private withoutThroughNodes(from: string[]): string[] {
    if (this.blockClients.size === 0) return from;
    return getOrMakeWeak(this.withoutBlockClients, from, () => from.filter((id) => !this.blockClients.has(id)));
  }

  private verdictOfKind(kind: FlowDecision | undefined, flow: Flow): Verdict {
    return kind === undefined ? this.verdict(flow) : verdictOf(flow, kind, this.names);
  }

  /** Ports of one target often have the same decisions; they then share the lists of sources. */
  private sourcesOf(to: string, kindOf: Int32Array): string[][] {
    if (this.latest.to !== to) this.latest = { to, known: [] };
    const { known } = this.latest;
    const same = known.find((one) => isSame(one.kindOf, kindOf));
    if (same !== undefined) return same.sources;
    const sources = this.sourcesByKind(kindOf, to);
    known.unshift({ kindOf, sources });
    if (known.length > MOST_LISTS) known.pop();
    return sources;
  }

  private sourcesByKind(kindOf: Int32Array, without: string | undefined): string[][] {
    const sources: string[][] = [];
    // A plain loop: it runs for every cell of the matrix, and an iterator would take most of the time.
    for (let place = 0; place < kindOf.length; place++) {
      const id = this.ids[place];
      if (id === undefined || id === without || this.clients[place] !== true) continue;
      const kind = present(kindOf[place], "the answer to a source");
      const same = sources[kind];
      if (same === undefined) sources[kind] = [id];
      else same.push(id);
    }
    return sources;
  }

  sourceClasses(to: string, port: PortOfFlow): ClassifiedSources {
    const { kindOf, kinds } = this.classes.of(to, port);
    return { kindOf, verdict: (number, flow) => this.verdictOfKind(kinds[number], flow) };
  }

  portClasses(to: string, from?: Iterable<string>): PortClasses {
    return this.classes.portClasses(to, from);
  }

  atEnd(direction: "ingress" | "egress", { from, to, proto, port }: Flow): string {
    const [source, target] = [this.model.endpoint(from), this.model.endpoint(to)];
    const protocol = PROTOCOL_NUMBERS.get(proto.toLowerCase());
    if (source === undefined || target === undefined || protocol === undefined) return "";
    const decision = this.kind(source, target, { from, to, proto, port }, protocol)[direction];
    if (decision === undefined) return "";
    const { verdict, l7, origins, proxied = [], missing = "", dependsOn = "" } = decision;
    return `${verdict} ${l7} ${missing} ${this.names.of(origins).join()} ${proxied.map(matchText).join()} ${dependsOn}`;
  }

  portClassesAt(direction: "ingress" | "egress", from: string, to: string): PortClasses {
    return this.classes.portClassesAt(direction, from, to);
  }

  matrix(ports: readonly PortOfFlow[]): Matrix {
    return compileMatrix(this.classes, this, ports, this.scenario);
  }

  private kind(from: Endpoint, to: Endpoint, flow: Flow, protocol: number): FlowDecision {
    if (from.facts.forwardedTo !== undefined || this.frontends.of(flow) !== undefined) {
      const { kindOf, kinds } = this.classes.of(flow.to, flow);
      return present(kinds[kindOf[this.ids.indexOf(flow.from)] ?? -1], `the answer to ${flow.from}`);
    }
    const { proto, port } = flow;
    const request = { proto, port, from: from.facts.mesh, to: to.facts.mesh };
    if (missingForWire(request) !== undefined) return this.classes.decideUncertain(from, to, flow);
    const wire = this.meshed ? wireOf(request, this.scenario.mesh?.transportMode) : undefined;
    const onWire = wire?.port ?? port;
    return {
      egress: decide(this.model.decider(from, "egress"), to.identity, protocol, onWire),
      ingress: decide(this.model.decider(to, "ingress"), from.identity, protocol, onWire),
      wire,
      linkerd: this.linkerd(to, flow, wire),
    };
  }

  private linkerd(to: Endpoint, flow: Flow, wire: Wire | undefined) {
    return wire === undefined || wire.refused !== undefined
      ? undefined
      : this.authorization?.decide(to.facts, flow, wire);
  }
}

/** How many lists of one target are cached. */
const MOST_LISTS = 8;

function isSame(a: Int32Array, b: Int32Array): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let place = 0; place < a.length; place++) if (a[place] !== b[place]) return false;
  return true;
}

/** The configurations of agents that differ from the cluster's, one for each setting: a policy that any of them accepts is in force somewhere. */
function nodeFacts({ cluster, nodeSettings = [] }: Scenario): ClusterFacts[] {
  return nodeSettings.map((own) => ({ ...cluster, ...own.cluster }));
}

/** @param others The caches of agents whose settings differ from the cluster's. */
function review(
  policies: readonly EvaluatedPolicy[],
  known: CompilationCache,
  others: readonly CompilationCache[],
): { accepted: EvaluatedPolicy[]; refused: RefusedPolicy[] } {
  const accepted = new Map<string, EvaluatedPolicy>();
  const refused: RefusedPolicy[] = [];
  for (const policy of policies) {
    const problems = known.refusals(policy);
    const namespace = policyNamespace(policy);
    const name = policy.metadata?.name ?? "";
    if ([known, ...others].some((agent) => agent.refusals(policy).length === 0))
      accepted.set(JSON.stringify([policy.kind, namespace, name]), policy);
    if (problems.length > 0)
      refused.push({
        kind: policy.kind,
        ...(namespace === undefined ? {} : { namespace }),
        name,
        problems,
      });
  }
  return { accepted: [...accepted.values()], refused };
}
