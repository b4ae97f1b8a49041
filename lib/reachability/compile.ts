import { wireOf } from "../mesh/wire";
import type { PolicyManifest } from "../policy/manifest";
import { type Direction, policyNamespace } from "./entries";
import { compileMatrix } from "./matrix";
import { type Endpoint, Model } from "./model";
import { RuleNames } from "./names";
import { PROTOCOL_NUMBERS } from "./ports";
import { refusals } from "./refusals";
import type { EndpointFacts, Flow, Scenario } from "./scenario";
import { scenarioProblems } from "./scenario-problems";
import type { Decision } from "./subject";
import type { EndVerdict, Matrix, PortOfFlow, Reachability, RefusedPolicy, Verdict } from "./verdict";

/** A scenario that cannot be evaluated, with everything that is wrong with it. */
export class ScenarioError extends Error {
  /** Tells this error from others. */
  override readonly name = "ScenarioError";

  constructor(
    /** All that is wrong with it, each with the path of the member. */
    readonly problems: readonly string[],
  ) {
    super(`the scenario cannot be evaluated:\n${problems.map((problem) => `  ${problem}`).join("\n")}`);
  }
}

/** How what is not known is judged. */
export interface CompileOptions {
  /**
   * What becomes of a peer of which the scenario does not say whether a rule selects it, such as a CiliumCIDRGroup. Default `unknown`. With
   * `no match` it is not selected, as in an agent that has not received the group yet.
   */
  undecided?: "unknown" | "no match";
}

/**
 * Makes policies and what is known of a cluster ready to be asked who can talk to whom.
 *
 * Policies that Cilium refuses are set aside and reported, as its agent does. Of two policies of one kind, namespace and name the later
 * counts: it would have replaced the earlier. A packet is judged as it is on the wire; where the scenario says that pods are meshed, the
 * wire is derived from what the application asks for.
 *
 * @throws ScenarioError if the scenario contradicts itself; nothing is guessed.
 */
export function compile(
  policies: readonly PolicyManifest[],
  scenario: Scenario,
  options: CompileOptions = {},
): Reachability {
  const problems = scenarioProblems(scenario);
  if (problems.length > 0) throw new ScenarioError(problems);
  return new CompiledReachability(policies, scenario, options);
}

class CompiledReachability implements Reachability {
  readonly refused: readonly RefusedPolicy[];
  private readonly model: Model;
  private readonly names: RuleNames;
  private readonly meshed: boolean;

  constructor(
    policies: readonly PolicyManifest[],
    private readonly scenario: Scenario,
    { undecided = "unknown" }: CompileOptions,
  ) {
    const { accepted, refused } = review(policies, scenario);
    this.refused = refused;
    this.model = new Model(accepted, scenario, undecided);
    this.names = new RuleNames(accepted);
    this.meshed = scenario.mesh !== undefined || scenario.endpoints.some(({ mesh }) => mesh !== undefined);
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
    return this.between(from, to, flow, protocol);
  }

  *verdicts(flows?: Iterable<Flow>): Generator<Verdict> {
    const asked =
      flows ??
      ((this.scenario.flows ?? []).length > 0 ? (this.scenario.flows ?? []) : everyPair(this.scenario.endpoints));
    for (const flow of asked) yield this.verdict(flow);
  }

  matrix(ports: readonly PortOfFlow[]): Matrix {
    return compileMatrix(this.model, this, ports, this.scenario, this.meshed);
  }

  private between(
    from: Endpoint,
    to: Endpoint,
    { from: fromId, to: toId, proto, port }: Flow,
    protocol: number,
  ): Verdict {
    const wire = this.meshed
      ? wireOf({ proto, port, from: from.facts.mesh, to: to.facts.mesh }, this.scenario.mesh?.transportMode)
      : undefined;
    const onWire = wire?.port ?? port;
    const egress = this.end(from, to, "egress", protocol, onWire);
    const ingress = this.end(to, from, "ingress", protocol, onWire);
    const passes = [egress, ingress].every((end) => end === undefined || end.verdict === "allowed");
    const missing = [egress?.missing, ingress?.missing].filter((reason) => reason !== undefined);
    const allowed = passes && wire?.refused === undefined;
    return {
      from: fromId,
      to: toId,
      proto,
      port,
      egress: endVerdict(egress),
      ingress: endVerdict(ingress),
      allowed,
      ...(egress === undefined || egress.origins.length === 0 ? {} : { egressRules: this.names.of(egress.origins) }),
      ...(ingress === undefined || ingress.origins.length === 0
        ? {}
        : { ingressRules: this.names.of(ingress.origins) }),
      ...(allowed && (egress?.l7 || ingress?.l7) ? { l7: true } : {}),
      ...(missing.length > 0 ? { unknown: [...new Set(missing)] } : {}),
      ...(wire === undefined ? {} : { wire }),
    };
  }

  /** Undefined where the end is no pod: nobody decides there. */
  private end(
    subject: Endpoint,
    peer: Endpoint,
    direction: Direction,
    protocol: number,
    port: number,
  ): Decision | undefined {
    if (!subject.isPod) return undefined;
    const conflict = this.model.conflict(subject.identity);
    if (conflict !== undefined) return { verdict: "unknown", origins: [], l7: false, missing: conflict };
    return this.model.policy(subject.identity, direction).decide(peer.identity, protocol, port);
  }
}

function review(
  policies: readonly PolicyManifest[],
  { cluster }: Scenario,
): { accepted: PolicyManifest[]; refused: RefusedPolicy[] } {
  const accepted = new Map<string, PolicyManifest>();
  const refused: RefusedPolicy[] = [];
  for (const policy of policies) {
    const reasons = refusals(policy, cluster);
    const namespace = policyNamespace(policy);
    const name = policy.metadata?.name ?? "";
    if (reasons.length === 0) accepted.set(JSON.stringify([policy.kind, namespace, name]), policy);
    else
      refused.push({
        kind: policy.kind,
        ...(namespace === undefined ? {} : { namespace }),
        name,
        reason: reasons.join("; "),
      });
  }
  return { accepted: [...accepted.values()], refused };
}

function* everyPair(endpoints: readonly EndpointFacts[]): Generator<Flow> {
  for (const from of endpoints) {
    for (const to of endpoints) {
      if (from.id === to.id) continue;
      for (const { port, protocol } of to.ports ?? [])
        yield { from: from.id, to: to.id, proto: protocol ?? "TCP", port };
    }
  }
}

function endVerdict(decision: Decision | undefined): EndVerdict {
  return decision?.verdict ?? "no policy here";
}

function unanswered({ from, to, proto, port }: Flow, missing: string): Verdict {
  return { from, to, proto, port, egress: "unknown", ingress: "unknown", allowed: false, unknown: [missing] };
}
