import type { Problem } from "../common/problem";
import type { Wire } from "../linkerd/wire/wire";
import type { EndpointFacts, Flow } from "../scenario/scenario";
import type { LinkerdDecision } from "./linkerd-decision";
import type { PortClasses } from "./port-classes";

/**
 * What one end decides. Peers that are no pods have no policy. `unknown`: the manifests and the scenario do not say enough,
 * and {@link Verdict.unknown} says what is missing.
 */
export type EndVerdict = "allowed" | "denied" | "no policy here" | "unknown";

/**
 * Who lets one flow through or stops it. The members up to `l7` are the oracle's line.
 */
export interface Verdict {
  /** `id` of the endpoint that connects. */
  from: string;
  /** `id` of the endpoint that is connected to. */
  to: string;
  /** As the flow says. */
  proto: string;
  /** What the application asks for; on a mesh the packet may go elsewhere, see `wire`. */
  port: number;
  /** What the end that connects decides. */
  egress: EndVerdict;
  /** What the end that is connected to decides. */
  ingress: EndVerdict;
  /** False unless it is certain that the flow passes both ends (and on a mesh, that the proxy takes it, and its authorization at least some request). */
  allowed: boolean;
  /**
   * The policies whose rules decide, `namespace/name`, or `/name` of a clusterwide one. Cilium's own defaults stand in brackets,
   * see {@link defaultRule}. Absent where no rule decides: the end is no pod, or it denies what none of its rules allows.
   */
  egressRules?: readonly string[];
  /** As `egressRules`, of the other end. */
  ingressRules?: readonly string[];
  /** Allowed at L4 and then handed to Cilium's own proxy, which may still refuse a request. */
  l7?: boolean;
  /** Only where an end is `unknown`: what would have to be known. */
  unknown?: readonly string[];
  /** Only where the scenario speaks of a mesh. */
  wire?: Wire;
  /** What the destination's Linkerd proxy says, where a Server or a default policy decides there. */
  linkerd?: LinkerdDecision;
  /** As the flow says: the ports that `port` is an example of. */
  standsFor?: string;
}

/** What became of a flow, as one word. */
export type State = "allowed" | "denied" | "unknown";

/** What became of a flow. */
export function stateOf(verdict: Pick<Verdict, "egress" | "ingress" | "allowed" | "linkerd">): State {
  if (verdict.allowed) return "allowed";
  // One end that denies settles it, whatever the other would have said.
  const said = [verdict.egress, verdict.ingress, verdict.linkerd?.verdict];
  if (said.includes("denied")) return "denied";
  return said.includes("unknown") ? "unknown" : "denied";
}

/** A policy that Cilium's agent refuses: it is then ignored, so what it should have denied stays open. */
export interface RefusedPolicy {
  /** CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy. */
  kind: string;
  /** Absent on a clusterwide policy. */
  namespace?: string;
  /** Its name. */
  name: string;
  /** What is wrong with it, each with the path of the member. */
  problems: readonly Problem[];
}

/** Names of Cilium's own defaults. */
export const DEFAULT_RULES = ["allow-any-ingress", "allow-any-egress", "allow-localhost-ingress"] as const;
/** One of Cilium's own defaults. */
export type DefaultRule = (typeof DEFAULT_RULES)[number];

/**
 * How a verdict names a default of Cilium's own: nothing selects the pod, or the node's own traffic.
 *
 * @example
 * defaultRule("allow-any-egress"); // as it stands in a verdict's egressRules
 */
export function defaultRule(name: DefaultRule): string {
  return `/[reserved:io.cilium.policy.derived-from=${name}]`;
}

/** What `compile` makes of policies and a scenario. */
export interface Reachability {
  /** Policies that Cilium refuses, in the order given. They take no part in any verdict. */
  readonly refused: readonly RefusedPolicy[];
  /** One flow. An endpoint that the scenario does not name makes its end `unknown`. */
  verdict(flow: Flow): Verdict;
  /** Whether policies can be in force at an endpoint: at pods of the own cluster, and with the host firewall at nodes. */
  isFenced(id: string): boolean;
  /**
   * Every flow asked about: `flows`, else the scenario's, else every endpoint to every declared port of every other (and of its own, where there are several), in that order.
   * Verdicts are made as they are read; nothing is kept.
   */
  verdicts(flows?: Iterable<Flow>): Generator<Verdict>;
  /**
   * What {@link verdicts} gives without `flows`, gathered: target by target, port by port. Costs no more than the flows' distinct answers
   * and a list of names for each.
   *
   * @param endpoints Those that are asked, at their ports. Default: the scenario's.
   */
  answers(endpoints?: readonly EndpointFacts[]): Generator<Answer>;
  /** Which endpoints have the same verdict when they ask for the port of the endpoint `to`. */
  sourceClasses(to: string, port: PortOfFlow): ClassifiedSources;
  /**
   * The ports of the endpoint `to`, in classes: to ask about one port of a class is to ask about all of it.
   *
   * @param from Only these endpoints connect. Default: all.
   */
  portClasses(to: string, from?: Iterable<string>): PortClasses;
  /**
   * What one end decides about a flow, as text: the same for what is decided alike by the same rules. The other end is not asked.
   *
   * @internal
   */
  atEnd(direction: "ingress" | "egress", flow: Flow): string;
  /**
   * The same for the policy of one end and one endpoint that connects.
   *
   * @internal
   */
  portClassesAt(direction: "ingress" | "egress", from: string, to: string): PortClasses;
  /** All pairs of endpoints on the given ports, in a compact form for large clusters. */
  matrix(ports: readonly PortOfFlow[]): Matrix;
}

/** The endpoints that connect to one port of one endpoint, in classes that share a verdict. */
export interface ClassifiedSources {
  /**
   * The class of each endpoint, by its place in the scenario. Verdicts of a class differ in `from` alone. The class of the target itself is
   * that of another of its pods.
   */
  readonly kindOf: Int32Array;
  /** The verdict about a flow to that port from a source of the class. */
  verdict(kind: number, flow: Flow): Verdict;
}

/** Sources that share a verdict about one port of one endpoint. */
export interface Answer {
  /** In the scenario's order; a flow that is asked about twice is counted twice. */
  from: readonly string[];
  /** That of the first of them; the others' differ only in `from`. */
  verdict: Verdict;
}

/** A port to ask every pair of endpoints about. */
export interface PortOfFlow {
  /** TCP, UDP, SCTP, ICMP or ICMPv6. */
  proto: string;
  /** As in a flow. */
  port: number;
}

/** The answer for every ordered pair of different endpoints on every port. */
export interface Matrix {
  /** `id`s, in the order of the scenario. */
  readonly endpoints: readonly string[];
  /** As they were asked for. */
  readonly ports: readonly PortOfFlow[];
  /** Whether `from` reaches `to`, by their places in `endpoints` and the port's in `ports`. */
  allowed(from: number, to: number, port: number): boolean;
  /** The whole verdict of one cell. */
  verdict(from: number, to: number, port: number): Verdict;
  /** How many cells are allowed. */
  readonly allowedCount: number;
}
