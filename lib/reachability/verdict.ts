import type { ProxiedMatch } from "../cilium/policy/proxied";
import type { Problem } from "../common/problem";
import type { Wire } from "../linkerd/wire/wire";
import type { StandsFor } from "../scenario/port-group";
import type { EndpointFacts, Flow } from "../scenario/scenario";
import type { LinkerdDecision } from "./linkerd-decision";
import type { PortClasses } from "./port-classes";

/**
 * The decision at one end. `no policy here`: it is not a pod. `unknown`: the manifests and the scenario do not say enough, and
 * {@link Verdict.unknown} says what is missing.
 */
export type EndVerdict = "allowed" | "denied" | "no policy here" | "unknown";

/** The decision about one flow, and what decides. The oracle prints the members up to `l7`. */
export interface Verdict {
  /** `id` of the endpoint that connects. */
  from: string;
  /** `id` of the endpoint that is connected to. */
  to: string;
  /** The protocol of the flow. */
  proto: string;
  /** The port that the application connects to. On a mesh the packets may go to another, see `wire`. */
  port: number;
  /** The decision of the policies at `from`. */
  egress: EndVerdict;
  /** The decision of the policies at `to`. */
  ingress: EndVerdict;
  /** Whether the flow certainly passes both ends; on a mesh, also the server's proxy, whose authorization admits at least one request. */
  allowed: boolean;
  /**
   * The policies whose rules decide: `namespace/name`, or `/name` of a clusterwide policy. Cilium's defaults are in brackets, see
   * {@link defaultRule}. Absent where no rule decides: the end is not a pod, or none of its rules allows the flow.
   */
  egressRules?: readonly string[];
  /** The same for ingress. */
  ingressRules?: readonly string[];
  /** The flow is allowed at L4 and goes to Cilium's own proxy, which may still refuse a request. */
  l7?: boolean;
  /** What that proxy lets through at each end. Absent: everything. */
  proxied?: {
    /** At the client. */
    egress?: readonly ProxiedMatch[];
    /** At the server. */
    ingress?: readonly ProxiedMatch[];
  };
  /**
   * The ends whose deciding rules ask for Cilium's mutual authentication. Where the agents are known to have none, such an end is `denied`; where nothing says
   * whether they have it, it is what it would be without. Absent: neither.
   */
  authenticates?: readonly ("egress" | "ingress")[];
  /** Where an end is `unknown`: what is missing. */
  unknown?: readonly string[];
  /** What is on the wire. Absent where the scenario has no mesh. */
  wire?: Wire;
  /** The decision of the server's Linkerd proxy. Absent where neither a Server nor a default policy decides. */
  linkerd?: LinkerdDecision;
  /** The ports that `port` stands for, as in the flow. */
  standsFor?: StandsFor;
}

/** A verdict in one word. */
export type State = "allowed" | "denied" | "unknown";

/** A verdict in one word. */
export function stateOf(verdict: Pick<Verdict, "egress" | "ingress" | "allowed" | "linkerd">): State {
  if (verdict.allowed) return "allowed";
  // One end that denies settles it, whatever the other would have said.
  const said = [verdict.egress, verdict.ingress, verdict.linkerd?.verdict];
  if (said.includes("denied")) return "denied";
  return said.includes("unknown") ? "unknown" : "denied";
}

/** A policy that Cilium's agent refuses. The agent ignores it, so what it should deny stays open. */
export interface RefusedPolicy {
  /** CiliumNetworkPolicy or CiliumClusterwideNetworkPolicy. */
  kind: string;
  /** Absent on a clusterwide policy. */
  namespace?: string;
  /** Its name. */
  name: string;
  /** Every reason, with the path of the member. */
  problems: readonly Problem[];
}

/** Names of Cilium's own defaults. */
export const DEFAULT_RULES = ["allow-any-ingress", "allow-any-egress", "allow-localhost-ingress"] as const;
/** One of Cilium's own defaults. */
export type DefaultRule = (typeof DEFAULT_RULES)[number];

/**
 * The name that a verdict has for one of Cilium's defaults.
 *
 * @example
 * defaultRule("allow-any-egress"); // as it stands in a verdict's egressRules
 */
export function defaultRule(name: DefaultRule): string {
  return `/[reserved:io.cilium.policy.derived-from=${name}]`;
}

/** Compiled policies and a scenario, ready to decide flows. */
export interface Reachability {
  /** The policies that Cilium refuses, in their order. They decide nothing. */
  readonly refused: readonly RefusedPolicy[];
  /** The verdict about one flow. It is `unknown` where the scenario lacks an endpoint. */
  verdict(flow: Flow): Verdict;
  /** Whether policies can apply to an endpoint: to pods of this cluster, and with the host firewall to nodes. */
  isFenced(id: string): boolean;
  /**
   * The verdicts about `flows`; by default about the scenario's flows, or if it has none, from every endpoint to every declared port of every
   * other, and of its own where several run. Each verdict is computed as it is read; none is kept.
   */
  verdicts(flows?: Iterable<Flow>): Generator<Verdict>;
  /**
   * The verdicts of {@link verdicts} without `flows`, grouped by target and port: one verdict for all sources that share it.
   *
   * @param endpoints The targets. Default: all of the scenario.
   */
  answers(endpoints?: readonly EndpointFacts[]): Generator<Answer>;
  /** The endpoints in classes that share a verdict about a port of the endpoint `to`. */
  sourceClasses(to: string, port: PortOfFlow): ClassifiedSources;
  /**
   * The ports of the endpoint `to`, in classes: to ask about one port of a class is to ask about all of it.
   *
   * @param from Only these endpoints connect. Default: all.
   */
  portClasses(to: string, from?: Iterable<string>): PortClasses;
  /**
   * The decision of one end about a flow, as a text that is equal for equal decisions by the same rules.
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
  /** The verdicts for all pairs of endpoints on some ports, in a compact form for large clusters. */
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
  /** Whether `from` reaches `to` on a port: places in `endpoints` and in `ports`. */
  allowed(from: number, to: number, port: number): boolean;
  /** The whole verdict of one cell. */
  verdict(from: number, to: number, port: number): Verdict;
  /** How many cells are allowed. */
  readonly allowedCount: number;
}
