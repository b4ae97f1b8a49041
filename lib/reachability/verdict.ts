import type { ProxiedMatch } from "../cilium/policy/proxied";
import type { Problem } from "../common/problem";
import type { Wire } from "../linkerd/wire/wire";
import type { StandsFor } from "../scenario/port-group";
import type { EndpointFacts, Flow } from "../scenario/scenario";
import type { LinkerdDecision } from "./linkerd/linkerd-decision";
import type { PortClasses } from "./port-classes";

/**
 * The decision at one end. `no policy here`: the end is not a pod. `unknown`: the manifests and the scenario are not sufficient, and
 * {@link Verdict.unknown} names the missing facts.
 */
export type EndVerdict = "allowed" | "denied" | "no policy here" | "unknown";

/** The decision about one flow, and the policies that decide. The oracle prints the members up to `l7`. */
export interface Verdict {
  /** `id` of the endpoint that connects. */
  from: string;
  /** `id` of the endpoint that is connected to. */
  to: string;
  /** The protocol of the flow. */
  proto: string;
  /** The port that the application connects to. On a mesh, the packets may go to another port, see `wire`. */
  port: number;
  /** The decision of the policies at `from`. */
  egress: EndVerdict;
  /** The decision of the policies at `to`. */
  ingress: EndVerdict;
  /** Whether the flow certainly passes both ends and, on a mesh, the server's proxy, which must admit at least one request. */
  allowed: boolean;
  /**
   * The policies whose rules decide: `namespace/name`, or `/name` for a clusterwide policy. Cilium's defaults are in brackets, see
   * {@link defaultRule}. Absent if no rule decides: the end is not a pod, or none of its rules allows the flow.
   */
  egressRules?: readonly string[];
  /** The same for ingress. */
  ingressRules?: readonly string[];
  /** Whether the flow is allowed at L4 and goes to Cilium's own proxy, which may still deny requests. Default false. */
  l7?: boolean;
  /** The requests that Cilium's proxy lets through at each end. Absent: all. */
  proxied?: {
    /** At the client. */
    egress?: readonly ProxiedMatch[];
    /** At the server. */
    ingress?: readonly ProxiedMatch[];
  };
  /**
   * The ends whose deciding rules require Cilium's mutual authentication. If the agents are known to lack it, such an end is `denied`; if that is unknown,
   * the requirement is ignored. Absent: neither.
   */
  authenticates?: readonly ("egress" | "ingress")[];
  /** The missing facts, if an end or Linkerd's decision is `unknown`. */
  unknown?: readonly string[];
  /** The packet on the wire. Absent if the scenario has no mesh. */
  wire?: Wire;
  /** The decision of the server's Linkerd proxy. Absent if neither a Server nor a default policy decides. */
  linkerd?: LinkerdDecision;
  /** The ports that `port` stands for, as in the flow. */
  standsFor?: StandsFor;
}

/** A verdict in one word. */
export type State = "allowed" | "denied" | "unknown";

/** The verdict in one word. */
export function stateOf(verdict: Pick<Verdict, "egress" | "ingress" | "allowed" | "linkerd">): State {
  if (verdict.allowed) return "allowed";
  // One denial settles it, even if another decision is unknown.
  const decisions = [verdict.egress, verdict.ingress, verdict.linkerd?.verdict];
  if (decisions.includes("denied")) return "denied";
  return decisions.includes("unknown") ? "unknown" : "denied";
}

/** A policy that Cilium's agent refuses and therefore ignores, so what it should deny stays open. */
export interface RefusedPolicy {
  /** CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy. */
  kind: string;
  /** Absent for a clusterwide policy. */
  namespace?: string;
  /** Its name. */
  name: string;
  /** Every reason, with the path of the offending member. */
  problems: readonly Problem[];
}

/** The names of Cilium's default rules. */
export const DEFAULT_RULES = ["allow-any-ingress", "allow-any-egress", "allow-localhost-ingress"] as const;
/** The name of one of Cilium's default rules. */
export type DefaultRule = (typeof DEFAULT_RULES)[number];

/**
 * The text by which a verdict's `egressRules` and `ingressRules` name one of Cilium's default rules.
 *
 * @example
 * const verdict = compile(policies, scenario).verdict({ from: "shop/web", to: "shop/db", proto: "TCP", port: 5432 });
 * verdict.egressRules?.includes(defaultRule("allow-any-egress")); // true: no policy restricts the client
 */
export function defaultRule(name: DefaultRule): string {
  return `/[reserved:io.cilium.policy.derived-from=${name}]`;
}

/**
 * Compiled policies and a scenario, ready to decide flows. `compile` makes one.
 *
 * @example
 * const reachability = compile(policies, scenario);
 * for (const { from, to, port, allowed } of reachability.verdicts()) report(from, to, port, allowed);
 */
export interface Reachability {
  /** The policies that Cilium refuses, in the order given. They decide nothing. */
  readonly refused: readonly RefusedPolicy[];
  /** The verdict about one flow. It is `unknown` if the scenario lacks one of its endpoints. */
  verdict(flow: Flow): Verdict;
  /** Whether policies can apply to an endpoint: pods of this cluster and, with the host firewall, nodes. */
  isFenced(id: string): boolean;
  /**
   * The verdicts about `flows`, each computed when it is read.
   *
   * @param flows Default: the flows of the scenario or, if it lists none, from every endpoint to every declared port of every other one, and of its own if
   * several of its pods run.
   */
  verdicts(flows?: Iterable<Flow>): Generator<Verdict>;
  /**
   * The same as {@link verdicts} without `flows`, grouped by target and port: one verdict for all sources that share it.
   *
   * @param endpoints The targets. Default: all endpoints of the scenario.
   */
  answers(endpoints?: readonly EndpointFacts[]): Generator<Answer>;
  /** The endpoints in classes that share a verdict about a port of the endpoint `to`. */
  sourceClasses(to: string, port: PortOfFlow): ClassifiedSources;
  /**
   * The ports of the endpoint `to` in classes. The verdict about one port of a class holds for all of them.
   *
   * @param from The endpoints that connect. Default: all.
   */
  portClasses(to: string, from?: Iterable<string>): PortClasses;
  /**
   * The decision of one end about a flow, as a text that is equal for equal decisions by the same rules.
   *
   * @internal
   */
  atEnd(direction: "ingress" | "egress", flow: Flow): string;
  /**
   * The same as {@link portClasses}, by the policy of one end only and for one endpoint that connects.
   *
   * @internal
   */
  portClassesAt(direction: "ingress" | "egress", from: string, to: string): PortClasses;
  /** The verdicts for all pairs of endpoints on some ports, in a compact form for large clusters. */
  matrix(ports: readonly PortOfFlow[]): Matrix;
}

/** The endpoints that connect to one port of one endpoint, in classes that share a verdict. */
export interface ClassifiedSources {
  /**
   * The class of each endpoint, by its index in the scenario. Verdicts of one class differ only in `from`. The target's own class is that of another of its
   * pods.
   */
  readonly kindOf: Int32Array;
  /** The verdict about a flow to that port from a source of the class. */
  verdict(kind: number, flow: Flow): Verdict;
}

/** Sources that share a verdict about one port of one endpoint. */
export interface Answer {
  /** The sources, in the scenario's order. A flow that is listed twice is here twice. */
  from: readonly string[];
  /** The verdict of the first source; the others' differ only in `from`. */
  verdict: Verdict;
}

/** A protocol and a port. */
export interface PortOfFlow {
  /** TCP, UDP, SCTP, ICMP or ICMPv6. */
  proto: string;
  /** The port; for ICMP the type. */
  port: number;
}

/** The verdicts for every ordered pair of endpoints on some ports. */
export interface Matrix {
  /** `id`s, in the order of the scenario. */
  readonly endpoints: readonly string[];
  /** The ports, in the order given. */
  readonly ports: readonly PortOfFlow[];
  /** Whether `from` reaches `to` on a port. The arguments are indices in `endpoints` and in `ports`. */
  allowed(from: number, to: number, port: number): boolean;
  /** The whole verdict of one cell. */
  verdict(from: number, to: number, port: number): Verdict;
  /** How many cells are allowed. */
  readonly allowedCount: number;
}
